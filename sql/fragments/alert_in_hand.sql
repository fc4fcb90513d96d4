-- Alerts, each with whether somebody has it.
-- expects: param customer_ids int[]
-- gives:   alert_in_hand, one row per alert: its columns; is_taken boolean; exception_state text, owner_person_id int (null: it tells of no
--          exception, or nobody owns it)
-- source:  somebody has it when it was acknowledged, or when its exception is in somebody's hands
alert_in_hand AS (
  SELECT
    a.*, e.state AS exception_state, e.owner_person_id,
    a.acknowledged_at IS NOT NULL OR coalesce(e.owner_person_id IS NOT NULL OR e.state NOT IN ('new', 'reopened'), false) AS is_taken
  FROM ops.alert a
  LEFT JOIN ops.exception e ON e.customer_id = a.customer_id AND e.exception_id = a.exception_id
  WHERE a.customer_id = ANY (CAST(:customer_ids AS int[]))
)
