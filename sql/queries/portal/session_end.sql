-- Ends one session.
-- grain:   at most one row
-- params:  token_sha256 bytea
-- columns: none
-- source:  sign-in
DELETE FROM ops.session WHERE token_sha256 = CAST(:token_sha256 AS bytea)
