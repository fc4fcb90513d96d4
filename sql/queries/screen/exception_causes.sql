-- The causes that hold back the most money: what is open, counted with the exception that blocks it.
-- grain:   one row per currency and cause, the dearest three of each currency
-- params:  customer_ids int[]
-- columns: customer_id int; exception_id bigint (the cause); customer, rule, title, currency, owner (null: nobody's), error_class text (null: nobody can say);
--          severity int; amount numeric; exceptions, occurrences bigint (the cause among them); is_exact boolean; nth bigint
-- source:  exceptions; product.md I6: one cause, many records. All that block something are added up; of those that block nothing only the
--          dearest three of each customer and currency can be among the dearest three
WITH
-- include: triage_pair
,
waits AS MATERIALIZED (
  SELECT
    e.customer_id, b.exception_id, e.currency, sum(e.value_at_risk) AS amount, count(*) AS exceptions, sum(e.occurrences) AS occurrences,
    bool_and(e.value_confidence = 'exact') AS is_exact
  FROM ops.exception e
  -- one look-up for each, here and below, whatever the planner thinks of their number
  CROSS JOIN LATERAL (
    SELECT b.exception_id
    FROM ops.exception b
    WHERE b.customer_id = e.customer_id AND b.exception_id = e.blocked_by_exception_id AND b.closed_at IS NULL
    OFFSET 0
  ) b
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL AND e.currency IS NOT NULL
    AND e.blocked_by_exception_id IS NOT NULL
  GROUP BY e.customer_id, b.exception_id, e.currency
),
blocking AS (
  SELECT DISTINCT w.customer_id, w.exception_id FROM waits w
),
alone AS (
  SELECT t.customer_id, t.exception_id
  FROM triage_pair k
  CROSS JOIN LATERAL (
    SELECT e.customer_id, e.exception_id
    FROM ops.exception e
    WHERE e.customer_id = k.customer_id AND e.currency = k.currency AND e.closed_at IS NULL AND e.value_at_risk IS NOT NULL
      AND (e.blocked_by_exception_id IS NULL OR NOT EXISTS (
        SELECT FROM ops.exception b
        WHERE b.customer_id = e.customer_id AND b.exception_id = e.blocked_by_exception_id AND b.closed_at IS NULL OFFSET 0))
    ORDER BY e.value_at_risk DESC
    LIMIT 3
  ) t
),
-- a cause's own value counts with it, unless it waits for another one itself
own AS (
  SELECT
    e.customer_id, e.exception_id, e.currency, e.value_at_risk AS amount, CAST(1 AS bigint) AS exceptions, CAST(e.occurrences AS bigint) AS occurrences,
    e.value_confidence = 'exact' AS is_exact
  FROM (SELECT b.customer_id, b.exception_id FROM blocking b UNION SELECT a.customer_id, a.exception_id FROM alone a) c
  CROSS JOIN LATERAL (
    SELECT e.*
    FROM ops.exception e
    WHERE e.customer_id = c.customer_id AND e.exception_id = c.exception_id AND e.currency IS NOT NULL
    OFFSET 0
  ) e
  WHERE e.blocked_by_exception_id IS NULL OR NOT EXISTS (
    SELECT FROM ops.exception b
    WHERE b.customer_id = e.customer_id AND b.exception_id = e.blocked_by_exception_id AND b.closed_at IS NULL
    OFFSET 0)
),
cause AS (
  SELECT
    p.customer_id, p.exception_id, CAST(p.currency AS text) AS currency, sum(p.amount) AS amount, CAST(sum(p.exceptions) AS bigint) AS exceptions,
    CAST(sum(p.occurrences) AS bigint) AS occurrences, bool_and(p.is_exact) AS is_exact
  FROM (SELECT * FROM waits UNION ALL SELECT * FROM own) p
  GROUP BY p.customer_id, p.exception_id, p.currency
),
ranked AS (
  SELECT c.*, row_number() OVER (PARTITION BY c.currency ORDER BY c.amount DESC, c.customer_id, c.exception_id) AS nth
  FROM cause c
)
SELECT
  r.customer_id, r.exception_id, z.name AS customer, e.rule, e.title, o.name AS owner, e.error_class, r.currency, CAST(e.severity AS int) AS severity, r.amount,
  r.exceptions, r.occurrences, r.is_exact, r.nth
FROM ranked r
JOIN ops.exception e ON e.customer_id = r.customer_id AND e.exception_id = r.exception_id
JOIN ops.customer z ON z.customer_id = r.customer_id
LEFT JOIN ops.person o ON o.person_id = e.owner_person_id
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.nth <= 3
ORDER BY r.currency, r.nth
