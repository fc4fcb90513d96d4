-- Scale-out: breaks lie beside the records they are of.
SELECT create_distributed_table('kpi.parity_break', 'customer_id', colocate_with => 'ops.system');
