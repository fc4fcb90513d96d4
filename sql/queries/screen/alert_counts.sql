-- How alerting stands: what is open, who has it, and what became of the messages.
-- grain:   one row
-- params:  customer_ids int[]; since timestamptz (what was opened or sent after it is counted as lately)
-- columns: open, nobody, escalated int (of the open ones); opened, sent int (lately); waiting, held, dead int
-- source:  alerts and the outbox; fragment alert_in_hand
WITH
-- include: alert_in_hand
,
alert AS (
  SELECT
    a.opened_at, a.closed_at IS NULL AS is_open, a.is_taken,
    a.closed_at IS NULL AND EXISTS (
      SELECT
      FROM ops.alert_message m
      WHERE m.customer_id = a.customer_id AND m.alert_id = a.alert_id AND m.kind = 'escalated' AND m.state = 'sent') AS is_escalated
  FROM alert_in_hand a
  WHERE a.closed_at IS NULL OR a.opened_at > CAST(:since AS timestamptz)
),
message AS (
  SELECT
    count(*) FILTER (WHERE m.state = 'sent') AS sent,
    count(*) FILTER (WHERE m.state IN ('waiting', 'sending')) AS waiting, count(*) FILTER (WHERE m.state = 'held') AS held,
    count(*) FILTER (WHERE m.state = 'dead') AS dead
  FROM ops.alert_message m
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (m.created_at > CAST(:since AS timestamptz) OR m.state IN ('waiting', 'sending', 'dead', 'held'))
)
SELECT
  CAST(count(*) FILTER (WHERE a.is_open) AS int) AS open, CAST(count(*) FILTER (WHERE a.is_open AND NOT a.is_taken) AS int) AS nobody,
  CAST(count(*) FILTER (WHERE a.is_escalated) AS int) AS escalated, CAST(count(*) FILTER (WHERE a.opened_at > CAST(:since AS timestamptz)) AS int) AS opened,
  CAST(max(m.sent) AS int) AS sent, CAST(max(m.waiting) AS int) AS waiting, CAST(max(m.held) AS int) AS held, CAST(max(m.dead) AS int) AS dead
FROM message m
LEFT JOIN alert a ON true
