-- Writes down what the platform answered.
-- grain:   one row
-- params:  customer_id, system_id, attempt int; subject_id, state, new_run_id, said text; at timestamptz
-- columns: attempt int
-- source:  ops.retry; an answer is written once
UPDATE ops.retry t
SET state = CAST(:state AS text), answered_at = CAST(:at AS timestamptz), new_run_id = CAST(:new_run_id AS text), said = CAST(:said AS text)
WHERE t.customer_id = CAST(:customer_id AS int) AND t.system_id = CAST(:system_id AS int) AND t.subject_id = CAST(:subject_id AS text)
  AND t.attempt = CAST(:attempt AS int) AND t.state = 'begun'
RETURNING t.attempt
