-- What each rule has found.
-- grain:   one row per rule that ever fired
-- params:  customer_ids int[]; since timestamptz (opened after it is counted)
-- columns: rule text; open, opened int; last_opened_at timestamptz
-- source:  alerts
SELECT
  a.rule, CAST(count(*) FILTER (WHERE a.closed_at IS NULL) AS int) AS open,
  CAST(count(*) FILTER (WHERE a.opened_at > CAST(:since AS timestamptz)) AS int) AS opened, max(a.opened_at) AS last_opened_at
FROM ops.alert a
WHERE a.customer_id = ANY (CAST(:customer_ids AS int[]))
GROUP BY a.rule
ORDER BY a.rule
