-- Scale-out: it lies beside the rules.
SELECT create_distributed_table('kpi.rule_look', 'customer_id', colocate_with => 'ops.system');
