-- When rules looked at customers' records last, and as they were set then.
-- grain:   one row per customer and rule ('house': all rules of the house)
-- params:  customer_ids int[]
-- columns: customer_id int; rule, setting text; looked_at timestamptz
-- source:  [ours]
SELECT l.customer_id, l.rule, l.setting, l.looked_at
FROM kpi.rule_look l
WHERE l.customer_id = ANY (CAST(:customer_ids AS int[]))
