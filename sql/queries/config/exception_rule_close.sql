-- Ends the setting of a rule in force at the instant the new one begins; one that never held is taken away.
-- grain:   one row
-- params:  partner, customer, key text; since timestamptz
-- columns: none
-- source:  rules are effective-dated: the one in force when the trouble began decides
WITH chosen AS (
  SELECT r.customer_id, r.rule_id, r.valid_from
  FROM ops.exception_rule r
  JOIN ops.customer c ON c.customer_id = r.customer_id
  JOIN ops.partner p ON p.partner_id = c.partner_id
  WHERE p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text) AND r.key = CAST(:key AS text)
),
never_held AS (
  DELETE FROM ops.exception_rule r
  USING chosen k
  WHERE r.customer_id = k.customer_id AND r.rule_id = k.rule_id AND k.valid_from >= CAST(:since AS timestamptz)
)
UPDATE ops.exception_rule r
SET valid_to = CAST(:since AS timestamptz)
FROM chosen k
WHERE r.customer_id = k.customer_id AND r.rule_id = k.rule_id
  AND r.valid_from < CAST(:since AS timestamptz) AND r.valid_to > CAST(:since AS timestamptz)
