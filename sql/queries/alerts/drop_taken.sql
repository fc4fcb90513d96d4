-- Takes back escalations that are due although somebody has the matter.
-- grain:   one row per message taken back
-- params:  customer_ids int[]; at timestamptz
-- columns: message_id bigint
-- source:  somebody has it when it was acknowledged, or when its exception is in somebody's hands
UPDATE ops.alert_message m
SET state = 'dropped', error = 'somebody has it'
FROM ops.alert a
LEFT JOIN ops.exception e ON e.customer_id = a.customer_id AND e.exception_id = a.exception_id
WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.kind = 'escalated' AND m.state = 'waiting'
  AND m.not_before <= CAST(:at AS timestamptz) AND a.customer_id = m.customer_id AND a.alert_id = m.alert_id
  AND (a.acknowledged_at IS NOT NULL OR coalesce(e.owner_person_id IS NOT NULL OR e.state NOT IN ('new', 'reopened'), false))
RETURNING m.message_id
