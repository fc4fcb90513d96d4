-- Scale-out: beside the records of the same customer.
SELECT create_distributed_table('biz.leave', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.assignment', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.billing_hold', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('biz.period_close', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.project_audit', 'customer_id', colocate_with => 'ops.system');
