-- Signs a sealed version of a month for one side: only the one that was looked at, and only while none is newer.
-- grain:   one row
-- params:  customer_id int; period text; sha256 text (hexadecimal); side, name, email text; signed_at timestamptz
-- columns: version int; none when no such version was sealed, a newer one was, or this side has signed it
-- source:  a person
INSERT INTO ops.review_sign_off (customer_id, period, version, side, sha256, name, email, signed_at)
SELECT s.customer_id, s.period, s.version, CAST(:side AS text), s.sha256, CAST(:name AS text), CAST(:email AS text), CAST(:signed_at AS timestamptz)
FROM ops.statement s
WHERE s.customer_id = CAST(:customer_id AS int) AND s.period = CAST(:period AS text) AND s.sha256 = decode(CAST(:sha256 AS text), 'hex')
  AND NOT EXISTS (
    SELECT FROM ops.statement n WHERE n.customer_id = CAST(:customer_id AS int) AND n.period = s.period AND n.version > s.version)
ON CONFLICT (customer_id, period, version, side) DO NOTHING
RETURNING version
