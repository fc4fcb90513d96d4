-- Scale-out: beside the exceptions.
SELECT create_distributed_table('kpi.recovered', 'customer_id', colocate_with => 'ops.system');
