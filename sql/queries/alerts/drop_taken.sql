-- Takes back escalations that are due although somebody has the matter.
-- grain:   one row per message taken back
-- params:  customer_ids int[]; at timestamptz
-- columns: message_id bigint
-- source:  fragment alert_in_hand
WITH
-- include: alert_in_hand
UPDATE ops.alert_message m
SET state = 'dropped', error = 'somebody has it'
FROM alert_in_hand a
WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.kind = 'escalated' AND m.state = 'waiting'
  AND m.not_before <= CAST(:at AS timestamptz) AND a.customer_id = m.customer_id AND a.alert_id = m.alert_id
  AND a.is_taken
RETURNING m.message_id
