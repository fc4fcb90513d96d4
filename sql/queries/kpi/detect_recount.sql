-- Counts the exceptions whose occurrences changed again: how often, how much, how sure; and words that are newer.
-- grain:   one row of ops.exception per entry of pg_temp.touched
-- params:  customer_ids int[]; now timestamptz
-- columns: value at risk: of what is open, once all is cleared of all there was; one currency only, several are told in the detail; exact
--          when every amount is known, estimated when some are, unknown and never 0 when none is
-- source:  product.md I5
WITH
told AS (
  SELECT
    c.customer_id, c.exception_id, (array_agg(c.title ORDER BY c.occurred_at DESC))[1] AS title,
    (array_agg(c.detail ORDER BY c.occurred_at DESC))[1] AS detail
  FROM pg_temp.candidate c
  GROUP BY c.customer_id, c.exception_id
),
chosen AS (
  SELECT k.customer_id, k.exception_id FROM pg_temp.touched k
),
-- include: exception_worth
UPDATE ops.exception e
SET
  occurrences = n.occurrences,
  opened_at = least(e.opened_at, n.opened_at),
  last_occurred_at = n.last_occurred_at,
  recent = r.recent,
  last_seen_at = CAST(:now AS timestamptz),
  title = coalesce(t.title, e.title),
  detail = CASE WHEN m.currencies > 1 THEN 'At risk: ' || m.totals || '.' ELSE coalesce(t.detail, e.detail) END,
  value_at_risk = CASE WHEN m.currencies = 1 THEN m.amount END,
  currency = CASE WHEN m.currencies = 1 AND m.amount IS NOT NULL THEN m.currency END,
  value_confidence = CASE WHEN m.currencies = 1 AND m.amount IS NOT NULL THEN CASE WHEN m.is_exact THEN 'exact' ELSE 'estimated' END
                          ELSE 'unknown' END
FROM counted n
LEFT JOIN recent r ON r.customer_id = n.customer_id AND r.exception_id = n.exception_id
LEFT JOIN money m ON m.customer_id = n.customer_id AND m.exception_id = n.exception_id
LEFT JOIN told t ON t.customer_id = n.customer_id AND t.exception_id = n.exception_id
WHERE e.customer_id = n.customer_id AND e.exception_id = n.exception_id AND e.customer_id = ANY (CAST(:customer_ids AS int[]))
