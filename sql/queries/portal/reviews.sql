-- The customers whose reviews are sent by mail, with whom they go to and how.
-- grain:   one row per customer in service that has a review schedule
-- params:  none
-- columns: customer_id, partner_id int; key, name, time_zone, country, locale, partner_key, partner_name text; review jsonb; sender text (null: the
--          partner has no mail server); managers jsonb (name, email of its account managers who see the customer)
-- source:  the estate as applied
WITH seen_by AS (
  SELECT c.customer_id, jsonb_agg(jsonb_build_object('name', m.name, 'email', m.email) ORDER BY m.email) AS managers
  FROM ops.customer c
  JOIN ops.person m ON m.partner_id = c.partner_id
  LEFT JOIN ops.person_customer pc ON pc.person_id = m.person_id AND pc.customer_id = c.customer_id
  WHERE m.role = 'partner_manager' AND m.disabled_at IS NULL AND NOT m.is_demo
    AND (m.all_customers OR pc.customer_id IS NOT NULL)
  GROUP BY c.customer_id
)
SELECT c.customer_id, p.partner_id, c.key, c.name, c.time_zone, c.country, coalesce(c.locale, p.locale) AS locale, p.key AS partner_key,
       coalesce(nullif(p.brand ->> 'name', ''), p.name) AS partner_name, c.review, p.mail ->> 'sender' AS sender, coalesce(s.managers, '[]') AS managers
FROM ops.customer c
JOIN ops.partner p ON p.partner_id = c.partner_id
LEFT JOIN seen_by s ON s.customer_id = c.customer_id
WHERE c.stopped_at IS NULL AND c.review IS NOT NULL
ORDER BY p.key, c.key
