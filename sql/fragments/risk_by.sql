-- By when an invoice is paid or lost: ninety days after it was due, or after thirty days where it says nothing.
-- expects: cut; owed (fragment receivable)
-- gives:   by_when, as the fragment paying wants it
by_when AS (
  SELECT o.customer_id, o.system_id, o.invoice_id, CAST(coalesce(o.due_on, CAST(o.posted_at AT TIME ZONE c.time_zone AS date) + 30) + 91 AS timestamp)
      AT TIME ZONE c.time_zone AS by_at, true AS is_risk
  FROM owed o
  JOIN cut c ON c.customer_id = o.customer_id
)
