-- Scale-out: marks and keys lie beside the records they are of.
SELECT create_distributed_table('kpi.parity_mark', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.parity_name', 'customer_id', colocate_with => 'ops.system');
