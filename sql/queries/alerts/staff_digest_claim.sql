-- Takes the next digest over customers that is due; what a dead worker held is due again when its lease has run out.
-- grain:   one row, or none
-- params:  at, lease_until timestamptz; holder text
-- columns: partner_id, attempts int; channel, addressee text; day date; since, until timestamptz; was_tried boolean
-- source:  the line of digests
WITH next AS MATERIALIZED (
  SELECT d.partner_id, d.channel, d.addressee, d.day, d.state
  FROM ops.staff_digest d
  WHERE d.state IN ('waiting', 'sending') AND d.not_before <= CAST(:at AS timestamptz)
    AND (d.leased_until IS NULL OR d.leased_until <= CAST(:at AS timestamptz))
  ORDER BY d.until, d.partner_id, d.channel, d.addressee
  LIMIT 1
  FOR UPDATE SKIP LOCKED
)
UPDATE ops.staff_digest d
SET state = 'sending', attempts = d.attempts + 1, leased_until = CAST(:lease_until AS timestamptz), holder = CAST(:holder AS text)
FROM next n
WHERE d.partner_id = n.partner_id AND d.channel = n.channel AND d.addressee = n.addressee AND d.day = n.day
RETURNING d.partner_id, d.channel, d.addressee, d.day, d.since, d.until, d.attempts, n.state = 'sending' AS was_tried
