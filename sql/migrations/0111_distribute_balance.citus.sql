-- Scale-out: balances lie beside the records they are made of.
SELECT create_distributed_table('ops.balance_day', 'customer_id', colocate_with => 'ops.system');
