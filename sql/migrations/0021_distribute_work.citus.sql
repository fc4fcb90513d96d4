-- Scale-out: worked-out work lies beside the records it is made of.
SELECT create_distributed_table('kpi.work', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.worked_through', 'customer_id', colocate_with => 'ops.system');
