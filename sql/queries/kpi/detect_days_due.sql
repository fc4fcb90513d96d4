-- Takes the customers of whom a local day is over and read and was not judged yet, and notes it; the first time their days begin to count.
-- grain:   one row per customer whose last day is to be judged
-- params:  customer_ids int[]; now timestamptz
-- columns: customer_id int
-- source:  kpi.rule_look, rule unusual_day: looked at last when a day was judged
WITH
-- include: trend_read
,
waiting AS (
  SELECT
    c.customer_id, l.looked_at IS NULL AS is_first,
    kpi.instant(CAST(d.today - 1 AS timestamp), c.time_zone) AS begins_at, kpi.instant(CAST(d.today AS timestamp), c.time_zone) AS ends_at
  FROM ops.customer c
  CROSS JOIN LATERAL (SELECT CAST(CAST(:now AS timestamptz) AT TIME ZONE c.time_zone AS date) AS today) d
  LEFT JOIN kpi.rule_look l ON l.customer_id = c.customer_id AND l.rule = 'unusual_day'
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (l.looked_at IS NULL OR CAST(l.looked_at AT TIME ZONE c.time_zone AS date) < d.today)
),
due AS (
  SELECT w.customer_id, w.is_first
  FROM waiting w
  LEFT JOIN trend_read r ON r.customer_id = w.customer_id
  WHERE w.is_first OR r.windows @> tstzrange(w.begins_at, w.ends_at)
),
noted AS (
  INSERT INTO kpi.rule_look (customer_id, rule, setting, looked_at)
  SELECT d.customer_id, 'unusual_day', 'each day once', CAST(:now AS timestamptz)
  FROM due d
  ON CONFLICT (customer_id, rule) DO UPDATE SET looked_at = excluded.looked_at
  RETURNING customer_id
)
SELECT d.customer_id
FROM due d
JOIN noted n ON n.customer_id = d.customer_id
WHERE NOT d.is_first
ORDER BY d.customer_id
