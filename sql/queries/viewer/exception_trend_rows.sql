-- The exceptions of the day that A14 judges, latest first.
-- grain:   one row per transaction or record and cause that began on the last day that was over
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text (the cause); at timestamptz; outcome text (the rule); in_numerator, in_denominator,
--          is_unknown boolean; value float8 (null); amount numeric; currency, flow_key text; exception_id bigint; hours text
-- source:  as the figure's
WITH
look AS (
  SELECT c.customer_id, c.time_zone, kpi.instant(CAST(CAST(l.at AT TIME ZONE c.time_zone AS date) - 1 AS timestamp), c.time_zone) AS since_at,
    kpi.instant(CAST(CAST(l.at AT TIME ZONE c.time_zone AS date) AS timestamp), c.time_zone) AS at
  FROM ops.customer c
  CROSS JOIN (
    SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  ) l
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:since AS timestamptz) < CAST(:until AS timestamptz)
),
-- include: exception_life
SELECT
  x.customer_id, s.key AS system_key, x.subject_id AS item_id, x.title AS label, x.occurred_at AS at, replace(x.rule, '_', ' ') AS outcome,
  true AS in_numerator, false AS in_denominator, false AS is_unknown, CAST(NULL AS float8) AS value, x.amount, x.currency, f.key AS flow_key,
  x.exception_id, (ARRAY['00-06', '06-12', '12-18', '18-24'])[1 + CAST(extract(hour FROM x.occurred_at AT TIME ZONE l.time_zone) AS int) / 6] AS hours
FROM life x
JOIN look l ON l.customer_id = x.customer_id AND x.occurred_at >= l.since_at AND x.rule <> 'unusual_day'
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY x.occurred_at DESC, x.customer_id, x.exception_id, x.subject_id
LIMIT CAST(:row_limit AS bigint)
