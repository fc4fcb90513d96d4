-- Scale-out: verdicts lie beside the runs and records they compare.
SELECT create_distributed_table('kpi.verification', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.verified_flow', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.parity', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.parity_range', 'customer_id', colocate_with => 'ops.system');
