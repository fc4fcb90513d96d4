-- What went wrong in a month by its causes, the dearest first: one exception is one cause.
-- grain:   one row per exception and currency of the records that it hit in the month; what has no known value has a row without currency
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (of each currency)
-- columns: exception_id bigint; title, rule text; flow text (its name); currency text; records, open bigint (in trouble at the instant); amount
--          numeric (null: not known)
-- source:  product.md I10; a record that two causes have hit counts in both, so the rows do not add up to anything
WITH
look AS (
  SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS until
),
hit AS (
  SELECT
    o.customer_id, o.exception_id, CASE WHEN o.amount IS NOT NULL THEN CAST(o.currency AS text) END AS currency, count(*) AS records,
    count(*) FILTER (WHERE coalesce(o.cleared_at >= l.until, true)) AS open, sum(o.amount) FILTER (WHERE o.currency IS NOT NULL) AS amount
  FROM look l
  JOIN ops.exception_occurrence o ON o.occurred_at >= CAST(:since AS timestamptz) AND o.occurred_at < l.until
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.cleared_at IS DISTINCT FROM o.occurred_at
  GROUP BY 1, 2, 3
),
placed AS (
  SELECT
    e.exception_id, e.title, e.rule, f.name AS flow, h.currency, h.records, h.open, CASE WHEN h.currency IS NOT NULL THEN h.amount END AS amount,
    row_number() OVER (PARTITION BY h.currency ORDER BY h.amount DESC NULLS LAST, h.records DESC, e.exception_id) AS place
  FROM hit h
  JOIN ops.exception e ON e.customer_id = h.customer_id AND e.exception_id = h.exception_id AND e.state <> 'merged'
  LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
)
SELECT p.exception_id, p.title, p.rule, p.flow, p.currency, p.records, p.open, p.amount
FROM placed p
WHERE p.place <= coalesce(CAST(:row_limit AS int), 5)
ORDER BY p.currency NULLS LAST, p.place
