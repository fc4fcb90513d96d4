-- Scale-out: what is counted lies beside what it is counted from.
SELECT create_distributed_table('kpi.flow_hour', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.flow_day', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.flow_hour_money', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.flow_hour_finished', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.schedule', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.slot', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.stream_read', 'customer_id', colocate_with => 'ops.system');
