-- Keeps which rules of customers could not be evaluated in this pass, and forgets those that can be again.
-- grain:   one row of kpi.rule_trouble per customer and rule
-- params:  customer_ids int[]; troubles jsonb (list of customer_id, rule, said); now timestamptz
-- columns: none
-- source:  [ours]
WITH
given AS (
  SELECT v.customer_id, v.rule, min(v.said) AS said
  FROM jsonb_to_recordset(CAST(:troubles AS jsonb)) v (customer_id int, rule text, said text)
  GROUP BY v.customer_id, v.rule
),
forgotten AS (
  DELETE FROM kpi.rule_trouble t
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND NOT EXISTS (SELECT FROM given g WHERE g.customer_id = t.customer_id AND g.rule = t.rule)
)
INSERT INTO kpi.rule_trouble AS t (customer_id, rule, said, at)
SELECT g.customer_id, g.rule, g.said, CAST(:now AS timestamptz)
FROM given g
ON CONFLICT (customer_id, rule) DO UPDATE SET said = excluded.said, at = excluded.at
WHERE t.said IS DISTINCT FROM excluded.said
