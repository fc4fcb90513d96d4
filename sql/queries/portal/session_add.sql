-- Begins a session; the token itself is never stored.
-- grain:   one row
-- params:  token_sha256 bytea; person_id, partner_id int; host, method, provider_sid, id_token text; now, expires_at timestamptz
-- columns: none
-- source:  sign-in
INSERT INTO ops.session (token_sha256, person_id, partner_id, host, method, provider_sid, id_token, created_at, seen_at, expires_at)
VALUES (CAST(:token_sha256 AS bytea), CAST(:person_id AS int), CAST(:partner_id AS int), CAST(:host AS text),
        CAST(:method AS text), CAST(:provider_sid AS text), CAST(:id_token AS text), CAST(:now AS timestamptz),
        CAST(:now AS timestamptz), CAST(:expires_at AS timestamptz))
