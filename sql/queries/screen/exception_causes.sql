-- The causes that hold back the most money: what is open, counted with the exception that blocks it.
-- grain:   one row per currency and cause, the dearest three of each currency
-- params:  customer_ids int[]
-- columns: customer_id int; exception_id bigint (the cause); customer, rule, title, currency text; severity int; amount, whole numeric
--          (of all that is open in the currency); exceptions, occurrences bigint (the cause among them); is_exact boolean; nth bigint
-- source:  exceptions; product.md I6: one cause, many records
WITH cause AS (
  SELECT
    e.customer_id, coalesce(b.exception_id, e.exception_id) AS exception_id, CAST(e.currency AS text) AS currency,
    sum(e.value_at_risk) AS amount, count(*) AS exceptions, sum(e.occurrences) AS occurrences,
    bool_and(e.value_confidence = 'exact') AS is_exact
  FROM ops.exception e
  LEFT JOIN ops.exception b ON b.customer_id = e.customer_id AND b.exception_id = e.blocked_by_exception_id AND b.closed_at IS NULL
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL AND e.currency IS NOT NULL
  GROUP BY e.customer_id, coalesce(b.exception_id, e.exception_id), e.currency
),
ranked AS (
  SELECT
    c.*, sum(c.amount) OVER (PARTITION BY c.currency) AS whole,
    row_number() OVER (PARTITION BY c.currency ORDER BY c.amount DESC, c.customer_id, c.exception_id) AS nth
  FROM cause c
)
SELECT
  r.customer_id, r.exception_id, z.name AS customer, e.rule, e.title, r.currency, CAST(e.severity AS int) AS severity, r.amount, r.whole,
  r.exceptions, r.occurrences, r.is_exact, r.nth
FROM ranked r
JOIN ops.exception e ON e.customer_id = r.customer_id AND e.exception_id = r.exception_id
JOIN ops.customer z ON z.customer_id = r.customer_id
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.nth <= 3
ORDER BY r.currency, r.nth
