-- What customers have set otherwise for the rules of detection, and the rules they added, with the span in which each held.
-- grain:   one row per customer, rule and span
-- params:  customer_ids int[]
-- columns: customer_id int; key text; setting jsonb; valid_from, valid_to timestamptz
-- source:  configuration
SELECT r.customer_id, r.key, r.setting, r.valid_from, nullif(r.valid_to, 'infinity') AS valid_to
FROM ops.exception_rule r
WHERE r.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY r.customer_id, r.key, r.valid_from
