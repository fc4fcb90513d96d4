-- Pieces as items of the survival fragment: once each by count, and once by money in their currency.
-- expects: part_of (customer_id, part, currency, amount, entry, t, cause)
-- gives:   item, as the survival fragment wants it
item AS MATERIALIZED (
  SELECT p.customer_id, p.part, m.currency, p.entry, p.t, p.cause, m.weight
  FROM part_of p
  CROSS JOIN LATERAL (VALUES (CAST(NULL AS text), CAST(1 AS numeric)), (p.currency, p.amount)) m (currency, weight)
  WHERE p.cause IS NOT NULL AND m.weight > 0
)
