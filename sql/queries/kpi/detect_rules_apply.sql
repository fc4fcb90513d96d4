-- Takes out what a rule that was switched off would tell, and gives the rest the severity that its rule was given.
-- grain:   one row of pg_temp.candidate whose rule was set otherwise when the trouble began
-- params:  none
-- columns: none
-- source:  pg_temp.rule
WITH
silent AS (
  DELETE FROM pg_temp.candidate c
  USING pg_temp.rule r
  WHERE r.customer_id = c.customer_id AND r.rule = c.rule AND r.valid_from <= c.occurred_at AND c.occurred_at < r.valid_to
    AND NOT r.is_enabled
)
UPDATE pg_temp.candidate c
SET severity = r.severity
FROM pg_temp.rule r
WHERE r.customer_id = c.customer_id AND r.rule = c.rule AND r.valid_from <= c.occurred_at AND c.occurred_at < r.valid_to
  AND r.is_enabled AND r.severity IS NOT NULL
