-- How many sessions are live.
-- grain:   one row
-- params:  now, idle_since timestamptz
-- columns: live bigint
-- source:  sign-in
SELECT count(*) AS live
FROM ops.session s
WHERE s.expires_at > CAST(:now AS timestamptz) AND s.seen_at > CAST(:idle_since AS timestamptz)
