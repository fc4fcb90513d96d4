-- What became of each month's review: which version was sealed last, and who signed it.
-- grain:   one row per customer and month that was sealed
-- params:  customer_ids int[]; since text (2026-05: the first month that is asked for)
-- columns: customer_id int; period text; version int; sealed_at timestamptz; sides text[] (who signed that version)
-- source:  ops.statement, ops.review_sign_off
WITH newest AS (
  SELECT DISTINCT ON (s.customer_id, s.period) s.customer_id, s.period, s.version, s.sealed_at
  FROM ops.statement s
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND s.period >= CAST(:since AS text)
  ORDER BY s.customer_id, s.period, s.version DESC
)
SELECT n.customer_id, n.period, n.version, n.sealed_at, array_remove(array_agg(o.side ORDER BY o.side), NULL) AS sides
FROM newest n
LEFT JOIN ops.review_sign_off o ON o.customer_id = n.customer_id AND o.period = n.period AND o.version = n.version
WHERE n.customer_id = ANY (CAST(:customer_ids AS int[]))
GROUP BY n.customer_id, n.period, n.version, n.sealed_at
ORDER BY n.customer_id, n.period
