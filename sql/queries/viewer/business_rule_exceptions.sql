-- Business-rule exceptions: records that break a rule of the house, each once however many rules it breaks.
-- grain:   one row per customer and part by count (currency null), and one more per currency by value; a customer without records to check
--          has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (rule, system, project, practice, day or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (records; by rule: those that break it), denominator numeric (null);
--          unknown, sample bigint; low, high float8 (null by money); checked bigint (records); share_broken float8; without_value bigint
-- source:  metrics.md C11: the same record counts once in the total and once in each rule
WITH
look AS (
  SELECT
    c.customer_id, c.time_zone, v.at, least(CAST(:until AS timestamptz), v.at) AS until_at
  FROM ops.customer c
  CROSS JOIN LATERAL (SELECT coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS at) v
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: rule_check
-- include: place_known
,
told AS (
  SELECT
    r.customer_id, r.object_type, r.system_id, r.object_id, p.part, max(r.currency) AS currency,
    bool_or(r.is_broken) AS is_broken, bool_or(r.is_broken IS NULL) AS is_unknown,
    max(r.amount) FILTER (WHERE r.is_broken) AS amount
  FROM rule_check r
  JOIN look k ON k.customer_id = r.customer_id
  LEFT JOIN ops.system y ON CAST(:by AS text) = 'system' AND y.customer_id = r.customer_id AND y.system_id = r.system_id
  CROSS JOIN LATERAL (
    SELECT CASE CAST(:by AS text)
      WHEN 'rule' THEN r.rule
      WHEN 'system' THEN y.key
      WHEN 'day' THEN to_char(r.at AT TIME ZONE k.time_zone, 'YYYY-MM-DD')
      ELSE ''
    END AS part
  ) p
  GROUP BY r.object_id, r.customer_id, r.system_id, r.object_type, p.part  -- by what tells most of them apart first: it is sorted by that
),
record AS MATERIALIZED (
  SELECT
    t.customer_id, t.object_type, t.system_id, t.object_id,
    CASE CAST(:by AS text)
      WHEN 'rule' THEN t.part
-- include: place_part
      ELSE t.part
    END AS part,
    coalesce(t.currency, CAST(w.currency AS text)) AS currency, t.is_broken, t.is_unknown,
    CASE WHEN t.is_broken THEN coalesce(t.amount, w.amount) END AS amount
  FROM told t
  LEFT JOIN LATERAL (
    SELECT w.amount, w.currency
    FROM kpi.work w
    WHERE (t.currency IS NULL OR t.is_broken AND t.amount IS NULL) AND t.object_type = 'time entry' AND w.customer_id = t.customer_id
      AND w.system_id = t.system_id AND w.item_type = 'time_entry' AND w.item_id = t.object_id
    OFFSET 0
  ) w ON true
  CROSS JOIN LATERAL (SELECT t.customer_id, t.system_id, replace(t.object_type, ' ', '_') AS object_type, t.object_id) x
-- include: record_place
),
part AS (
  SELECT k.customer_id, '' AS part
  FROM look k
  WHERE CAST(:by AS text) IS NULL
  UNION
  SELECT r.customer_id, r.part
  FROM record r
)
SELECT
  a.customer_id, a.part, CAST(NULL AS text) AS currency,
  CASE WHEN count(r.object_id) > 0 THEN CAST(count(*) FILTER (WHERE r.is_broken) AS numeric) END AS value,
  CASE WHEN count(r.object_id) > 0 THEN CAST(count(*) FILTER (WHERE r.is_broken) AS numeric) END AS numerator, CAST(NULL AS numeric) AS denominator,
  count(*) FILTER (WHERE r.is_unknown AND r.is_broken IS NOT TRUE) AS unknown,
  count(r.object_id) FILTER (WHERE r.is_broken OR NOT r.is_unknown) AS sample,
  CASE WHEN count(r.object_id) > 0 THEN CAST(count(*) FILTER (WHERE r.is_broken) AS float8) END AS low,
  CASE WHEN count(r.object_id) > 0 THEN CAST(count(*) FILTER (WHERE r.is_broken OR r.is_unknown) AS float8) END AS high,
  count(r.object_id) AS checked,
  CASE WHEN count(r.object_id) > 0 THEN CAST(count(*) FILTER (WHERE r.is_broken) AS float8) / count(r.object_id) END AS share_broken,
  count(*) FILTER (WHERE r.is_broken AND (r.amount IS NULL OR r.currency IS NULL)) AS without_value
FROM part a
LEFT JOIN record r ON r.customer_id = a.customer_id AND r.part = a.part
GROUP BY a.customer_id, a.part
UNION ALL
SELECT
  r.customer_id, r.part, r.currency, coalesce(sum(r.amount) FILTER (WHERE r.is_broken), 0), coalesce(sum(r.amount) FILTER (WHERE r.is_broken), 0), NULL,
  count(*) FILTER (WHERE r.is_unknown AND r.is_broken IS NOT TRUE OR r.is_broken AND r.amount IS NULL), count(*) FILTER (WHERE r.is_broken AND r.amount IS NOT NULL),
  NULL, NULL, count(*), CAST(count(*) FILTER (WHERE r.is_broken) AS float8) / count(*), count(*) FILTER (WHERE r.is_broken AND r.amount IS NULL)
FROM record r
WHERE r.currency IS NOT NULL
GROUP BY r.customer_id, r.part, r.currency
ORDER BY customer_id, part, currency NULLS FIRST
