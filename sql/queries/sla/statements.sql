-- The sealed versions of a customer's months, the newest version of each month first.
-- grain:   one row per customer, period and version
-- params:  customer_ids int[]; period text (null: all)
-- columns: customer_id int; period text; version int; sha256 text (hexadecimal); document bytea; sealed_at timestamptz; sealed_by text
-- source:  ops.statement
SELECT s.customer_id, s.period, s.version, encode(s.sha256, 'hex') AS sha256, s.document, s.sealed_at, s.sealed_by
FROM ops.statement s
WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND s.period = coalesce(CAST(:period AS text), s.period)
ORDER BY s.customer_id, s.period DESC, s.version DESC
