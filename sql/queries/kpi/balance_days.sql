-- The last local day that has ended at each customer, and whether its balances have been drawn.
-- grain:   one row per customer that is not stopped
-- params:  now timestamptz; task text
-- columns: customer_id int; day date; is_drawn boolean
-- source:  [ours] kpi.worked_through
SELECT
  c.customer_id, d.day, coalesce(CAST(d.day AS text) = ANY (w.done), false) AS is_drawn
FROM ops.customer c
CROSS JOIN LATERAL (SELECT CAST(CAST(:now AS timestamptz) AT TIME ZONE c.time_zone AS date) - 1 AS day) d
LEFT JOIN kpi.worked_through w ON w.customer_id = c.customer_id AND w.task = CAST(:task AS text)
WHERE c.stopped_at IS NULL
ORDER BY c.customer_id
