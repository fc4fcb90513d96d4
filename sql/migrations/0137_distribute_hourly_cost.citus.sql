-- Scale-out: as small as the partners, and joined like them.
SELECT create_reference_table('ops.hourly_cost');
