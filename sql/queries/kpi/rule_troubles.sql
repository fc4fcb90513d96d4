-- The customer's own rules that could not be evaluated when detection looked last.
-- grain:   one row per rule
-- params:  customer_id int
-- columns: rule, said text; at timestamptz (since when)
-- source:  [ours]
SELECT t.rule, t.said, t.at
FROM kpi.rule_trouble t
WHERE t.customer_id = CAST(:customer_id AS int)
ORDER BY t.rule
