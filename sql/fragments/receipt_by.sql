-- By when an invoice is paid to count as a receipt of the next thirty days.
-- expects: cut; owed (fragment receivable)
-- gives:   by_when, as the fragment paying wants it
by_when AS (
  SELECT o.customer_id, o.system_id, o.invoice_id, c.at + interval '30 days' AS by_at, false AS is_risk
  FROM owed o
  JOIN cut c ON c.customer_id = o.customer_id
)
