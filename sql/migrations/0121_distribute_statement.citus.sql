-- Scale-out: statements lie beside what they are made of.
SELECT create_distributed_table('ops.statement', 'customer_id', colocate_with => 'ops.system');
