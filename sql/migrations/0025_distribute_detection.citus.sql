-- Scale-out: beside the cells it remembers.
SELECT create_distributed_table('kpi.detected_cell', 'customer_id', colocate_with => 'ops.system');
