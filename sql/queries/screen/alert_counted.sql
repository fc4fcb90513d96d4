-- What the numbers over the page Alerts count: one of them at a time.
-- grain:   one row per alert (open, nobody, escalated, opened) or message (sent, waiting, held, dead), the newest first
-- params:  customer_ids int[]; since timestamptz (what was opened or sent after it is counted as lately); counted text (one of the eight)
-- columns: customer_id int; customer, title, rule, channel, addressee, state text (channel to state null for an alert); at timestamptz (opened, or
--          written)
-- source:  alerts and the outbox, as screen/alert_counts.sql; fragment alert_in_hand
WITH
-- include: alert_in_hand
,
alert AS (
  SELECT
    a.customer_id, a.title, a.rule, a.opened_at,
    CASE CAST(:counted AS text)
      WHEN 'opened' THEN a.opened_at > CAST(:since AS timestamptz)
      WHEN 'open' THEN a.closed_at IS NULL
      WHEN 'nobody' THEN a.closed_at IS NULL AND NOT a.is_taken
      WHEN 'escalated' THEN a.closed_at IS NULL AND EXISTS (
        SELECT
        FROM ops.alert_message m
        WHERE m.customer_id = a.customer_id AND m.alert_id = a.alert_id AND m.kind = 'escalated' AND m.state = 'sent')
      ELSE false
    END AS is_counted
  FROM alert_in_hand a
  WHERE a.closed_at IS NULL OR a.opened_at > CAST(:since AS timestamptz)
),
message AS (
  SELECT
    m.customer_id, coalesce(a.title, initcap(m.kind)) AS title, a.rule, m.channel, m.addressee, m.state, m.created_at,
    CASE CAST(:counted AS text)
      WHEN 'waiting' THEN m.state IN ('waiting', 'sending')
      WHEN 'sent' THEN m.state = 'sent' AND m.created_at > CAST(:since AS timestamptz)
      WHEN 'held' THEN m.state = 'held'
      WHEN 'dead' THEN m.state = 'dead'
      ELSE false
    END AS is_counted
  FROM ops.alert_message m
  LEFT JOIN ops.alert a ON a.customer_id = m.customer_id AND a.alert_id = m.alert_id
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[]))
)
SELECT a.customer_id, c.name AS customer, a.title, a.rule, CAST(NULL AS text) AS channel, CAST(NULL AS text) AS addressee,
  CAST(NULL AS text) AS state, a.opened_at AS at
FROM alert a
JOIN ops.customer c ON c.customer_id = a.customer_id
WHERE a.is_counted
UNION ALL
SELECT m.customer_id, c.name AS customer, m.title, m.rule, m.channel, m.addressee, m.state, m.created_at AS at
FROM message m
JOIN ops.customer c ON c.customer_id = m.customer_id
WHERE m.is_counted
ORDER BY at DESC, customer, title
