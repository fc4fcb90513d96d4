-- Marks the days on which work came due that is counted again: what of it waited over a midnight is told again.
-- grain:   one row of kpi.touched per customer and local day
-- params:  customer_ids int[]; batch bigint
-- columns: none
-- source:  ops.dirty_cell: whoever writes a run or a slot, moves runs to a flow, or changes a promise or a calendar, marks its cells
INSERT INTO kpi.touched (customer_id, source, subject)
SELECT DISTINCT d.customer_id, 'backlog', CAST(CAST(d.hour AT TIME ZONE c.time_zone AS date) AS text)
FROM ops.dirty_cell d
JOIN ops.customer c ON c.customer_id = d.customer_id
WHERE d.batch = CAST(:batch AS bigint) AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY 1, 3
ON CONFLICT (customer_id, source, subject) DO UPDATE SET source = excluded.source
