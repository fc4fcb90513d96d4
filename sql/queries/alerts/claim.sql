-- Takes the next message of a customer that is due; what a dead worker held is due again when its lease has run out.
-- grain:   one row, or none
-- params:  customer_ids int[]; at, until timestamptz; holder text
-- columns: customer_id int; message_id, alert_id bigint; message_key, kind, channel, addressee text; severity, attempts int; said jsonb;
--          created_at timestamptz; was_tried boolean (an earlier attempt may have arrived)
-- source:  the outbox; what is said of one alert to one addressee keeps its order
WITH next AS MATERIALIZED (  -- once, and not for every row that it is joined to
  SELECT n.customer_id, n.message_id, n.state
  FROM ops.alert_message n
  WHERE n.customer_id = ANY (CAST(:customer_ids AS int[])) AND n.state IN ('waiting', 'sending') AND n.not_before <= CAST(:at AS timestamptz)
    AND (n.leased_until IS NULL OR n.leased_until <= CAST(:at AS timestamptz))
    AND NOT EXISTS (
      SELECT
      FROM ops.alert_message o
      WHERE o.customer_id = n.customer_id AND o.alert_id = n.alert_id AND o.channel = n.channel AND o.addressee = n.addressee
        AND o.message_id < n.message_id AND o.state IN ('waiting', 'sending') AND o.kind <> 'escalated')
  ORDER BY n.severity, n.message_id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
)
UPDATE ops.alert_message m
SET state = 'sending', attempts = m.attempts + 1, leased_until = CAST(:until AS timestamptz), holder = CAST(:holder AS text)
FROM next n
WHERE m.customer_id = n.customer_id AND m.message_id = n.message_id
RETURNING m.customer_id, m.message_id, m.alert_id, m.message_key, m.kind, m.channel, m.addressee, CAST(m.severity AS int) AS severity,
  m.attempts, m.said, m.created_at, n.state = 'sending' OR m.is_doubtful AS was_tried
