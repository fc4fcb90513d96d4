-- Notes that a person did something in a session.
-- grain:   at most one row
-- params:  token_sha256 bytea; now timestamptz
-- columns: none
-- source:  sign-in
UPDATE ops.session
SET seen_at = CAST(:now AS timestamptz)
WHERE token_sha256 = CAST(:token_sha256 AS bytea) AND seen_at < CAST(:now AS timestamptz)
