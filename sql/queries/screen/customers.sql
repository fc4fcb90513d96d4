-- The customers a person may look at, and since when there is something to see.
-- grain:   one row per customer
-- params:  customer_ids int[]
-- columns: customer_id int; key, name, time_zone, locale, currency text; first_day date (null: nothing counted yet)
-- source:  configuration and counted days
SELECT c.customer_id, c.key, c.name, c.time_zone, coalesce(c.locale, p.locale) AS locale, CAST(c.currency AS text) AS currency,
       (SELECT d.day
        FROM kpi.flow_day d
        WHERE d.customer_id = c.customer_id AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
        ORDER BY d.starts_at
        LIMIT 1) AS first_day
FROM ops.customer c
JOIN ops.partner p ON p.partner_id = c.partner_id
WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY c.name
