-- Scale-out: rules lie beside the exceptions that they open.
SELECT create_distributed_table('ops.exception_rule', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.rule_trouble', 'customer_id', colocate_with => 'ops.system');
