-- Scale-out: beside the records of the same customer.
SELECT create_distributed_table('biz.lead', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.quote', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.change_order', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.budget', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.billing_schedule', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.supplier_bill', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.payroll_run', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.project_cost', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.support_ticket', 'customer_id', colocate_with => 'ops.system');
