-- Writes one system; one that was removed comes back with its cursors.
-- grain:   one row
-- params:  partner, customer, key text; value jsonb; now timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.system (customer_id, key, role, kind, url, secret, options, links, removed_at, changed_at)
SELECT
  c.customer_id, CAST(:key AS text), v ->> 'role', v ->> 'kind', v ->> 'url', v ->> 'secret', v -> 'options',
  coalesce(v -> 'links', '{}'), NULL, CAST(:now AS timestamptz)
FROM (SELECT CAST(:value AS jsonb) AS v) given
JOIN ops.partner p ON p.key = CAST(:partner AS text)
JOIN ops.customer c ON c.partner_id = p.partner_id AND c.key = CAST(:customer AS text)
ON CONFLICT (customer_id, key) DO UPDATE SET
  role = excluded.role, kind = excluded.kind, url = excluded.url, secret = excluded.secret, options = excluded.options,
  links = excluded.links, removed_at = NULL, changed_at = excluded.changed_at
