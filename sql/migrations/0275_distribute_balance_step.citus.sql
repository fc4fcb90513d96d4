-- Scale-out: steps lie beside the work they are made of.
SELECT create_distributed_table('kpi.balance_step', 'customer_id', colocate_with => 'ops.system');
