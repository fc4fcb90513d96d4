-- Customers that have alerts or messages which have been over for longer than their partner keeps them.
-- grain:   one row per customer
-- params:  at timestamptz
-- columns: customer_id int; before timestamptz (what was over before it is taken away)
-- source:  configuration: 400 days where the partner does not say
WITH
kept AS (
  SELECT c.customer_id, CAST(:at AS timestamptz) - make_interval(days => coalesce(p.alert_days, 400)) AS before
  FROM ops.customer c
  JOIN ops.partner p ON p.partner_id = c.partner_id
)
SELECT k.customer_id, k.before
FROM kept k
WHERE EXISTS (SELECT FROM ops.alert a WHERE a.customer_id = k.customer_id AND a.closed_at < k.before)
  OR EXISTS (
    SELECT
    FROM ops.alert_message m
    WHERE m.customer_id = k.customer_id AND m.created_at < k.before AND m.alert_id IS NULL AND m.state NOT IN ('waiting', 'sending'))
ORDER BY k.customer_id
