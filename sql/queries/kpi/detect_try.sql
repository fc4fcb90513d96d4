-- What a pass with these rules would have opened in a span, held against what the queue has.
-- grain:   one row per customer and cause: told by the rules (new or known), or in the queue and told no longer
-- params:  customer_ids int[]; rules text[] (only these); since timestamptz; version int
-- columns: customer text; rule, title, became text (opens, known, not told); severity int; records int; opened_at timestamptz; amount numeric,
--          currency text (null: unknown, or more than one); exception_id bigint (null: it is not in the queue)
-- source:  pg_temp.candidate, ops.exception
WITH
told AS (
  SELECT
    c.customer_id, min(c.rule) AS rule, c.fingerprint, (array_agg(c.title ORDER BY c.occurred_at DESC))[1] AS title, min(c.severity) AS severity,
    count(DISTINCT (c.subject_type, c.subject_system_id, c.subject_id)) AS records, min(c.occurred_at) AS opened_at,
    CASE WHEN count(DISTINCT c.currency) = 1 THEN sum(c.amount) END AS amount,
    CASE WHEN count(DISTINCT c.currency) = 1 THEN min(CAST(c.currency AS text)) END AS currency
  FROM pg_temp.candidate c
  WHERE c.occurred_at >= CAST(:since AS timestamptz) AND c.rule = ANY (CAST(:rules AS text[]))
    AND c.cleared_at IS DISTINCT FROM c.occurred_at
  GROUP BY c.customer_id, c.fingerprint
),
queue AS (
  SELECT e.customer_id, e.exception_id, e.rule, e.fingerprint, e.title, e.severity, e.occurrences, e.opened_at, e.value_at_risk, e.currency
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.fingerprint_version = CAST(:version AS int)
    AND e.rule = ANY (CAST(:rules AS text[]))
)
SELECT
  z.key AS customer, coalesce(t.rule, q.rule) AS rule, coalesce(t.title, q.title) AS title,
  CASE WHEN q.exception_id IS NULL THEN 'opens' WHEN t.fingerprint IS NULL THEN 'not told' ELSE 'known' END AS became,
  CAST(coalesce(t.severity, q.severity) AS int) AS severity, CAST(coalesce(t.records, q.occurrences) AS int) AS records,
  coalesce(t.opened_at, q.opened_at) AS opened_at,
  CASE WHEN t.fingerprint IS NULL THEN q.value_at_risk ELSE t.amount END AS amount,
  CASE WHEN t.fingerprint IS NULL THEN CAST(q.currency AS text) ELSE t.currency END AS currency, q.exception_id
FROM told t
FULL JOIN queue q ON q.customer_id = t.customer_id AND q.fingerprint = t.fingerprint
JOIN ops.customer z ON z.customer_id = coalesce(t.customer_id, q.customer_id)
WHERE t.fingerprint IS NOT NULL OR q.opened_at >= CAST(:since AS timestamptz)
ORDER BY became DESC, customer, rule, opened_at, title
