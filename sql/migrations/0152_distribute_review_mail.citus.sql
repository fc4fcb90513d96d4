-- Scale-out: what is on its way lies beside the statements that it is of.
SELECT create_distributed_table('ops.review_mail', 'customer_id', colocate_with => 'ops.system');
