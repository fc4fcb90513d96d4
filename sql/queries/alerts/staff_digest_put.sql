-- Puts the digest of a day in line unless it is there; it tells since the one before, a day at the first.
-- grain:   one row when it was put, else none
-- params:  partner_id int; channel, addressee text; day date; at timestamptz
-- columns: day date
-- source:  one digest a day for each channel and addressee
INSERT INTO ops.staff_digest (partner_id, channel, addressee, day, since, until, not_before)
SELECT
  CAST(:partner_id AS int), CAST(:channel AS text), CAST(:addressee AS text), CAST(:day AS date),
  coalesce(max(d.until), CAST(:at AS timestamptz) - interval '1 day'), CAST(:at AS timestamptz), CAST(:at AS timestamptz)
FROM ops.staff_digest d
WHERE d.partner_id = CAST(:partner_id AS int) AND d.channel = CAST(:channel AS text) AND d.addressee = CAST(:addressee AS text)
  AND d.day < CAST(:day AS date)
ON CONFLICT (partner_id, channel, addressee, day) DO NOTHING
RETURNING day
