-- Scale-out: who is responsible lies beside the items it is about.
SELECT create_distributed_table('ops.maintenance', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('ops.exclusion', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('ops.exclusion_item', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('ops.exclusion_event', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('ops.attribution', 'customer_id', colocate_with => 'ops.system');
