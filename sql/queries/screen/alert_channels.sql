-- What went through each channel, and how the last attempt ended.
-- grain:   one row per channel that anything went through
-- params:  customer_ids int[]; since timestamptz (written after it is counted, and whatever is not sent yet)
-- columns: channel text; sent, waiting, stuck int; last_sent_at timestamptz; last_error text (of what waits, is dead or held; null: none);
--          last_test_state text, last_test_at timestamptz, last_test_error text (null: never tried, or long ago)
-- source:  the outbox
WITH
message AS (
  SELECT m.message_id, m.channel, m.kind, m.state, m.sent_at, m.created_at, m.error
  FROM ops.alert_message m
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (m.created_at > CAST(:since AS timestamptz) OR m.state IN ('waiting', 'sending', 'dead', 'held'))
),
told AS (
  SELECT
    m.channel, count(*) FILTER (WHERE m.state = 'sent') AS sent,
    count(*) FILTER (WHERE m.state IN ('waiting', 'sending')) AS waiting, count(*) FILTER (WHERE m.state IN ('dead', 'held')) AS stuck,
    max(m.sent_at) AS last_sent_at,
    (array_agg(m.error ORDER BY m.message_id DESC) FILTER (WHERE m.state IN ('waiting', 'dead', 'held') AND m.error IS NOT NULL))[1] AS last_error
  FROM message m
  GROUP BY m.channel
),
test AS (
  SELECT DISTINCT ON (m.channel) m.channel, m.state, m.created_at, m.error
  FROM message m
  WHERE m.kind = 'test'
  ORDER BY m.channel, m.created_at DESC, m.message_id DESC
)
SELECT
  t.channel, CAST(t.sent AS int) AS sent, CAST(t.waiting AS int) AS waiting, CAST(t.stuck AS int) AS stuck, t.last_sent_at, t.last_error,
  x.state AS last_test_state, x.created_at AS last_test_at, x.error AS last_test_error
FROM told t
LEFT JOIN test x ON x.channel = t.channel
ORDER BY t.channel
