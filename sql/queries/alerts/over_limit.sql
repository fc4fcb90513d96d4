-- The messages that are due and more than a channel may send within an hour.
-- grain:   one row per message over the limit
-- params:  customer_ids int[]; at timestamptz; channels text[]; limits int[] (of the channel at the same place)
-- columns: message_id bigint; channel, addressee text
-- source:  storm limit: so many an hour to one addressee about one customer, the most severe first
WITH
allowed AS (
  SELECT a.channel, a.per_hour
  FROM unnest(CAST(:channels AS text[]), CAST(:limits AS int[])) a (channel, per_hour)
),
recent AS (
  SELECT m.channel, m.addressee, count(*) AS n
  FROM ops.alert_message m
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.kind IN ('fired', 'worse', 'escalated') AND m.attempts > 0
    AND (m.state IN ('waiting', 'sending') OR m.sent_at > CAST(:at AS timestamptz) - interval '1 hour')
  GROUP BY m.channel, m.addressee
),
due AS (
  SELECT
    m.message_id, m.channel, m.addressee,
    row_number() OVER (PARTITION BY m.channel, m.addressee ORDER BY m.severity, m.message_id) AS place
  FROM ops.alert_message m
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.kind IN ('fired', 'worse') AND m.state = 'waiting' AND m.attempts = 0
    AND m.not_before <= CAST(:at AS timestamptz)
)
SELECT d.message_id, d.channel, d.addressee
FROM due d
JOIN allowed a ON a.channel = d.channel
LEFT JOIN recent r ON r.channel = d.channel AND r.addressee = d.addressee
WHERE d.place + coalesce(r.n, 0) > a.per_hour
ORDER BY d.message_id
