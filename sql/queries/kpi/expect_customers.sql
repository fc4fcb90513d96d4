-- The customers for whom a rule is switched on, or was when expectations were worked out last.
-- grain:   one row per customer that is not stopped
-- params:  none
-- columns: customer_id int
-- source:  configuration
SELECT c.customer_id
FROM ops.customer c
WHERE c.stopped_at IS NULL
  AND (EXISTS (SELECT FROM ops.expectation_rule r WHERE r.customer_id = c.customer_id)
       OR EXISTS (SELECT FROM kpi.expectation_rule r WHERE r.customer_id = c.customer_id))
ORDER BY c.customer_id
