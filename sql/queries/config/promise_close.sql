-- Ends the promise in force of one flow at the instant the new one begins; one that never held is taken away.
-- grain:   one row
-- params:  partner, customer, key text; since timestamptz
-- columns: none
-- source:  promises are effective-dated: last March is judged by last March's
WITH flow AS (
  SELECT f.customer_id, f.flow_id
  FROM ops.flow f
  JOIN ops.customer c ON c.customer_id = f.customer_id
  JOIN ops.partner p ON p.partner_id = c.partner_id
  WHERE p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text) AND f.key = CAST(:key AS text)
),
never_held AS (
  DELETE FROM ops.flow_promise q
  USING flow f
  WHERE q.customer_id = f.customer_id AND q.flow_id = f.flow_id AND q.valid_from >= CAST(:since AS timestamptz)
)
UPDATE ops.flow_promise q
SET valid_to = CAST(:since AS timestamptz)
FROM flow f
WHERE q.customer_id = f.customer_id AND q.flow_id = f.flow_id
  AND q.valid_from < CAST(:since AS timestamptz) AND q.valid_to > CAST(:since AS timestamptz)
