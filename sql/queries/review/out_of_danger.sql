-- What was in trouble and came out of it in a month.
-- grain:   one row per rule and currency; what has no known value has a row without currency
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- columns: rule, currency text; records bigint; amount numeric (null: not known)
-- source:  product.md I12: each record once, in the month in which it was last cleared, unless it is in trouble again; waived is no way out.
--          A record that two rules have found counts in both, so the rows do not add up to anything
WITH
look AS (
  SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS until
),
cleared AS (
  SELECT DISTINCT ON (o.customer_id, e.rule, o.subject_type, o.system_id, o.subject_id)
    o.customer_id, e.rule, o.subject_type, o.system_id, o.subject_id, o.amount, CAST(o.currency AS text) AS currency, o.cleared_at
  FROM look l
  JOIN ops.exception_occurrence o ON o.cleared_at >= CAST(:since AS timestamptz) AND o.cleared_at < l.until AND o.cleared_at > o.occurred_at
    AND o.subject_type <> 'stream'
  JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id AND e.state NOT IN ('waived', 'merged')
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
  ORDER BY o.customer_id, e.rule, o.subject_type, o.system_id, o.subject_id, o.cleared_at DESC
),
kept AS (
  SELECT c.rule, CASE WHEN c.amount IS NOT NULL THEN c.currency END AS currency, c.amount
  FROM cleared c
  CROSS JOIN look l
  LEFT JOIN ops.exception_occurrence a
    ON a.customer_id = c.customer_id AND a.subject_type = c.subject_type AND a.system_id = c.system_id AND a.subject_id = c.subject_id
    AND a.occurred_at < l.until AND coalesce(a.cleared_at >= l.until, true)
  WHERE a.customer_id IS NULL
)
SELECT k.rule, k.currency, count(*) AS records, sum(k.amount) FILTER (WHERE k.currency IS NOT NULL) AS amount
FROM kept k
GROUP BY k.rule, k.currency
ORDER BY k.currency NULLS LAST, amount DESC NULLS LAST, records DESC, k.rule
