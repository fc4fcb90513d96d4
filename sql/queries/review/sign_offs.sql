-- Who signed which sealed version of a month, as it was known at an instant.
-- grain:   one row per version and side that signed it, the newest version first
-- params:  customer_ids int[]; period text (null: all); as_of timestamptz (as_of null: now)
-- columns: customer_id int; period text; version int; side, name, email text; sha256 text (hexadecimal); signed_at timestamptz
-- source:  product.md I10
SELECT o.customer_id, o.period, o.version, o.side, o.name, o.email, encode(o.sha256, 'hex') AS sha256, o.signed_at
FROM ops.review_sign_off o
WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.period = coalesce(CAST(:period AS text), o.period)
  AND o.signed_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
ORDER BY o.customer_id, o.period DESC, o.version DESC, o.side DESC
