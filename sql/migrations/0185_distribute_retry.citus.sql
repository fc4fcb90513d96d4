-- Scale-out: beside the exceptions.
SELECT create_distributed_table('ops.retry', 'customer_id', colocate_with => 'ops.system');
