-- The systems in use, with what a connector needs to reach them.
-- grain:   one row per system that is not removed, of customers that are not stopped
-- params:  customer_id int; system text (its key) (null: all)
-- columns: customer_id, system_id int; key, role, kind, url, secret text; options jsonb; time_zone, customer text
-- source:  the estate as applied
SELECT
  s.customer_id, s.system_id, s.key, s.role, s.kind, s.url, s.secret, s.options, c.time_zone, c.key AS customer
FROM ops.system s
JOIN ops.customer c ON c.customer_id = s.customer_id
WHERE s.removed_at IS NULL
  AND c.stopped_at IS NULL
  AND (CAST(:customer_id AS int) IS NULL OR s.customer_id = :customer_id)
  AND (CAST(:system AS text) IS NULL OR s.key = :system)
ORDER BY c.key, s.customer_id, s.key
