-- Scale-out: pieces lie beside the ages that are added up from them.
SELECT create_distributed_table('kpi.age_piece', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.age_seen', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.touched', 'customer_id', colocate_with => 'ops.system');
