-- Scale-out: expectations lie beside the records they are about.
SELECT create_distributed_table('ops.lifecycle_stage', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('ops.expectation_rule', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.expectation_rule', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.expectation', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.expectation_linked', 'customer_id', colocate_with => 'ops.system');
