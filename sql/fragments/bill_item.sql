-- The pieces of work as items of the survival fragment: once each by count, and once by money in their currency.
-- expects: piece (fragment bill_clock); parameter by (account, project, system or null)
-- gives:   part_of, the pieces with the part they belong to; item, as the survival fragment wants it
part_of AS (
  SELECT
    p.*,
    CASE CAST(:by AS text)
      WHEN 'project' THEN coalesce(p.project, '(no project)')
      WHEN 'account' THEN coalesce(p.account, '(no account)')
      WHEN 'system' THEN p.system_key
      ELSE ''
    END AS part
  FROM piece p
),
item AS (
  SELECT p.customer_id, p.part, m.currency, p.entry, p.t, p.cause, m.weight
  FROM part_of p
  CROSS JOIN LATERAL (VALUES (CAST(NULL AS text), CAST(1 AS numeric)), (p.currency, p.amount)) m (currency, weight)
  WHERE p.cause IS NOT NULL AND m.weight > 0
)
