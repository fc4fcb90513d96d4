-- The last digest over customers of each addressee, and how it stands.
-- grain:   one row per channel and addressee of the last 30 days
-- params:  partner_ids int[]; at timestamptz
-- columns: partner_id int; channel, addressee, state, error text; day date; until timestamptz; attempts int
-- source:  the line of digests
SELECT DISTINCT ON (d.partner_id, d.channel, d.addressee)
  d.partner_id, d.channel, d.addressee, d.state, d.error, d.day, d.until, d.attempts
FROM ops.staff_digest d
WHERE d.partner_id = ANY (CAST(:partner_ids AS int[])) AND d.until > CAST(:at AS timestamptz) - interval '30 days'
ORDER BY d.partner_id, d.channel, d.addressee, d.day DESC
