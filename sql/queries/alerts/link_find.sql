-- What a link would acknowledge.
-- grain:   one row, or none
-- params:  customer_ids int[]; token_sha256 bytea
-- columns: customer_id, partner_id int; alert_id bigint; customer, title, addressee, acknowledged_by text; expires_at, used_at, closed_at,
--          acknowledged_at timestamptz
-- source:  links and alerts of the customer in scope
SELECT
  l.customer_id, c.partner_id, l.alert_id, c.name AS customer, a.title, l.addressee, l.expires_at, l.used_at, a.closed_at, a.acknowledged_at,
  a.acknowledged_by
FROM ops.alert_link l
JOIN ops.alert a ON a.customer_id = l.customer_id AND a.alert_id = l.alert_id
JOIN ops.customer c ON c.customer_id = l.customer_id
WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND l.token_sha256 = CAST(:token_sha256 AS bytea)
