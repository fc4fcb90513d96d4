-- Claims the dirty cells of some customers for one batch; a mark made from now on takes its cell back out.
-- grain:   one row per cell
-- params:  customer_ids int[]; now timestamptz; batch bigint
-- columns: none
-- source:  ops.dirty_cell
UPDATE ops.dirty_cell d
SET batch = CAST(:batch AS bigint)
WHERE d.customer_id = ANY (CAST(:customer_ids AS int[])) AND d.hour <= CAST(:now AS timestamptz)
