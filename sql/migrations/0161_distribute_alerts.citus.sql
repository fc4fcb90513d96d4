-- Scale-out: channels and rules everywhere, alerts beside the exceptions they tell of.
SELECT create_reference_table('ops.alert_channel');
SELECT create_reference_table('ops.alert_rule');
SELECT create_distributed_table('ops.alert', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('ops.alert_message', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('ops.alert_link', 'customer_id', colocate_with => 'ops.system');
