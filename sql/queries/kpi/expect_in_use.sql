-- The rules of the library that a customer has switched on, now or in the past.
-- grain:   one row per rule
-- params:  customer_id int
-- columns: rule text
-- source:  kpi.expectation_rule
SELECT DISTINCT r.rule
FROM kpi.expectation_rule r
WHERE r.customer_id = CAST(:customer_id AS int)
ORDER BY r.rule
