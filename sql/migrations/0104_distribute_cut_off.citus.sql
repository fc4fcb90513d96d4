-- Scale-out: beside the exceptions that it puts in order.
SELECT create_distributed_table('kpi.cut_off', 'customer_id', colocate_with => 'ops.system');
