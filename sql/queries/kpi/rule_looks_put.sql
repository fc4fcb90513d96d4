-- Keeps which rules looked at customers' records in this pass, and forgets rules that are no more or could not look.
-- grain:   one row of kpi.rule_look per customer and rule
-- params:  customer_ids int[]; looks jsonb (list of customer_id, rule, setting, looked_at)
-- columns: none
-- source:  [ours]
WITH
given AS (
  SELECT v.customer_id, v.rule, v.setting, v.looked_at
  FROM jsonb_to_recordset(CAST(:looks AS jsonb)) v (customer_id int, rule text, setting text, looked_at timestamptz)
),
forgotten AS (
  DELETE FROM kpi.rule_look l
  WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND l.rule <> 'unusual_day' -- kept by kpi/detect_days_due
    AND NOT EXISTS (SELECT FROM given g WHERE g.customer_id = l.customer_id AND g.rule = l.rule)
)
INSERT INTO kpi.rule_look AS l (customer_id, rule, setting, looked_at)
SELECT g.customer_id, g.rule, g.setting, g.looked_at
FROM given g
ON CONFLICT (customer_id, rule) DO UPDATE SET setting = excluded.setting, looked_at = excluded.looked_at
WHERE l.setting <> excluded.setting OR l.looked_at <> excluded.looked_at
