-- Seals one version of a month; a version that is there already stays as it is.
-- grain:   one row
-- params:  customer_id int; period text; version int; document bytea; sha256 text (hexadecimal); sealed_at timestamptz; sealed_by text
-- columns: version int; no row when somebody else has sealed it
-- source:  product.md I3
INSERT INTO ops.statement (customer_id, period, version, document, sha256, sealed_at, sealed_by)
VALUES (CAST(:customer_id AS int), CAST(:period AS text), CAST(:version AS int), CAST(:document AS bytea), decode(CAST(:sha256 AS text), 'hex'),
        CAST(:sealed_at AS timestamptz), CAST(:sealed_by AS text))
ON CONFLICT (customer_id, period, version) DO NOTHING
RETURNING version
