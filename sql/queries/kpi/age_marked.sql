-- The clocks of one customer of which days are marked.
-- grain:   one row per clock
-- params:  customer_id int
-- columns: kind text
-- source:  kpi.age_dirty
SELECT DISTINCT d.kind
FROM kpi.age_dirty d
WHERE d.customer_id = CAST(:customer_id AS int)
ORDER BY d.kind
