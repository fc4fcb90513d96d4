-- Scale-out: ages lie beside the work they are made of.
SELECT create_distributed_table('kpi.age_cell', 'customer_id', colocate_with => 'ops.system');
SELECT create_distributed_table('kpi.age_dirty', 'customer_id', colocate_with => 'ops.system');
