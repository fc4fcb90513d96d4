-- The minutes that people logged on a customer's exceptions in a period.
-- grain:   one row per exception on which any were logged, the most first
-- params:  customer_ids int[]; since, until, as_of timestamptz
-- columns: customer_id int; exception_id bigint; title, rule text; minutes bigint (less what was taken back)
-- source:  metrics.md D4; ops.exception_event
SELECT e.customer_id, e.exception_id, e.title, e.rule, sum(v.minutes) AS minutes
FROM ops.exception_event v
JOIN ops.exception e ON e.customer_id = v.customer_id AND e.exception_id = v.exception_id
WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.minutes IS NOT NULL
  AND v.at >= CAST(:since AS timestamptz) AND v.at < least(CAST(:until AS timestamptz), CAST(:as_of AS timestamptz) + interval '1 microsecond')
GROUP BY e.customer_id, e.exception_id, e.title, e.rule
HAVING sum(v.minutes) > 0
ORDER BY minutes DESC, e.exception_id
