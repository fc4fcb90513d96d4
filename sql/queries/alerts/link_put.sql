-- Writes down the hash of a link before it is sent.
-- grain:   one row
-- params:  customer_id int; token_sha256 bytea; alert_id bigint; addressee text; expires_at timestamptz
-- columns: none
-- source:  the link itself is stored nowhere
INSERT INTO ops.alert_link (customer_id, token_sha256, alert_id, addressee, expires_at)
VALUES (CAST(:customer_id AS int), CAST(:token_sha256 AS bytea), CAST(:alert_id AS bigint), CAST(:addressee AS text), CAST(:expires_at AS timestamptz))
