-- Counts exceptions again after records were moved between them; one that is left with none counts none and is worth nothing known.
-- grain:   one row of ops.exception per exception
-- params:  customer_ids int[]; exception_ids bigint[]
-- columns: rows written
-- source:  fragment exception_worth, as detection counts
WITH
chosen AS (
  SELECT e.customer_id, e.exception_id
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.exception_id = ANY (CAST(:exception_ids AS bigint[]))
),
-- include: exception_worth
UPDATE ops.exception e
SET
  occurrences = coalesce(n.occurrences, 0),
  opened_at = least(e.opened_at, n.opened_at),
  last_occurred_at = coalesce(n.last_occurred_at, e.last_occurred_at),
  recent = r.recent,
  detail = CASE WHEN m.currencies > 1 THEN 'At risk: ' || m.totals || '.' ELSE e.detail END,
  value_at_risk = CASE WHEN m.currencies = 1 THEN m.amount END,
  currency = CASE WHEN m.currencies = 1 AND m.amount IS NOT NULL THEN m.currency END,
  value_confidence = CASE WHEN m.currencies = 1 AND m.amount IS NOT NULL THEN CASE WHEN m.is_exact THEN 'exact' ELSE 'estimated' END
                          ELSE 'unknown' END
FROM chosen c
LEFT JOIN counted n ON n.customer_id = c.customer_id AND n.exception_id = c.exception_id
LEFT JOIN recent r ON r.customer_id = c.customer_id AND r.exception_id = c.exception_id
LEFT JOIN money m ON m.customer_id = c.customer_id AND m.exception_id = c.exception_id
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND c.customer_id = e.customer_id AND c.exception_id = e.exception_id
