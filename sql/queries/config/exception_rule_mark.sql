-- Lets detection look again at everything of a customer whose rules were changed.
-- grain:   one row per cell that was looked at, and one per customer
-- params:  partner, customer text
-- columns: none
-- source:  [ours] a rule that is switched on again tells of what began while it is in force
WITH chosen AS (
  SELECT c.customer_id
  FROM ops.customer c
  JOIN ops.partner p ON p.partner_id = c.partner_id
  WHERE p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text)
),
place AS (
  DELETE FROM kpi.worked_through w
  USING chosen k
  WHERE w.customer_id = k.customer_id AND w.task = 'detect'
)
UPDATE kpi.detected_cell d
SET counts = 'again'
FROM chosen k
WHERE d.customer_id = k.customer_id
