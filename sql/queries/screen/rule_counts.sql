-- What each rule has opened, and when it looked last.
-- grain:   one row per rule that opened anything or looked
-- params:  customer_ids int[]; since timestamptz
-- columns: customer_id int; rule text ('house': all rules of the house); opened (since then), open bigint (now); looked_at timestamptz
-- source:  ops.exception, kpi.rule_look
SELECT
  coalesce(e.customer_id, l.customer_id) AS customer_id, coalesce(e.rule, l.rule) AS rule, coalesce(e.opened, 0) AS opened,
  coalesce(e.open, 0) AS open, l.looked_at
FROM (
  SELECT
    e.customer_id, e.rule, count(*) FILTER (WHERE e.opened_at >= CAST(:since AS timestamptz)) AS opened,
    count(*) FILTER (WHERE e.closed_at IS NULL) AS open
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY e.customer_id, e.rule
) e
FULL JOIN (
  SELECT l.customer_id, l.rule, l.looked_at FROM kpi.rule_look l WHERE l.customer_id = ANY (CAST(:customer_ids AS int[]))
) l ON l.customer_id = e.customer_id AND l.rule = e.rule
ORDER BY customer_id, rule
