-- Scale-out: what is kept beside statements lies beside them.
SELECT create_distributed_table('ops.review_action', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('ops.review_commentary', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('ops.review_sign_off', 'customer_id', colocate_with => 'ops.system');
