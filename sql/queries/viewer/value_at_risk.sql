-- Value at risk: what is in danger of never becoming money, every record once, at the end of the period.
-- grain:   one row per customer, part and currency, never summed across currencies; what has no known value has a row without currency;
--          a customer with nothing at risk has a row with 0, one of whom nothing was ever read a null
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (reason, type, system, project, practice or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (money), denominator numeric (null); unknown bigint (records of
--          unknown value); sample bigint (records of known value); low, high float8 (null); no_project, no_draft, exceptions, old_work
--          bigint (records by their first reason); for_several_reasons bigint
-- source:  metrics.md D5
WITH
-- include: work_end
,
-- include: at_risk
-- include: place_known
,
placed AS (
  SELECT
    h.*,
    CASE CAST(:by AS text)
      WHEN 'reason' THEN h.reason
      WHEN 'type' THEN replace(h.object_type, '_', ' ')
      WHEN 'system' THEN coalesce(y.key, '(none)')
-- include: place_part
      ELSE ''
    END AS part
  FROM at_risk h
  LEFT JOIN ops.system y ON y.customer_id = h.customer_id AND y.system_id = h.system_id
  CROSS JOIN LATERAL (SELECT h.customer_id, h.system_id, h.object_type, h.object_id) x
-- include: record_place
),
stock AS (
  SELECT
    p.customer_id, p.part, p.currency, sum(p.amount) AS value, count(*) FILTER (WHERE p.amount IS NULL OR p.currency IS NULL) AS unknown,
    count(*) FILTER (WHERE p.amount IS NOT NULL AND p.currency IS NOT NULL) AS sample,
    count(*) FILTER (WHERE p.rank = 1) AS no_project, count(*) FILTER (WHERE p.rank = 2) AS no_draft,
    count(*) FILTER (WHERE p.rank = 3) AS exceptions, count(*) FILTER (WHERE p.rank = 4) AS old_work,
    count(*) FILTER (WHERE p.reasons <> p.reason) AS for_several_reasons
  FROM placed p
  GROUP BY p.customer_id, p.part, p.currency
),
looked AS (
  SELECT k.customer_id FROM kpi.stream_read k WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION
  SELECT w.customer_id FROM kpi.work w WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION
  SELECT o.customer_id FROM biz.opportunity o WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
)
SELECT
  s.customer_id, s.part, s.currency, s.value, s.value AS numerator, CAST(NULL AS numeric) AS denominator, s.unknown, s.sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high, s.no_project, s.no_draft, s.exceptions, s.old_work, s.for_several_reasons
FROM stock s
UNION ALL
SELECT
  c.customer_id, '', CASE WHEN l.customer_id IS NOT NULL THEN CAST(c.currency AS text) END,
  CASE WHEN l.customer_id IS NOT NULL THEN 0 END, CASE WHEN l.customer_id IS NOT NULL THEN 0 END, NULL, 0, 0, NULL, NULL, 0, 0, 0, 0, 0
FROM ops.customer c
LEFT JOIN looked l ON l.customer_id = c.customer_id
WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND CAST(:by AS text) IS NULL
  AND NOT EXISTS (SELECT FROM stock s WHERE s.customer_id = c.customer_id)
ORDER BY customer_id, part, currency
