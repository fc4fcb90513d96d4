-- Whose messages are due.
-- grain:   one row per customer
-- params:  at timestamptz
-- columns: customer_id int
-- source:  the outbox; each customer's messages are then read in its own scope
SELECT DISTINCT m.customer_id
FROM ops.alert_message m
WHERE m.state IN ('waiting', 'sending') AND m.not_before <= CAST(:at AS timestamptz)
  AND (m.leased_until IS NULL OR m.leased_until <= CAST(:at AS timestamptz))
ORDER BY m.customer_id
