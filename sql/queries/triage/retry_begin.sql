-- Writes down that a retry is about to be asked for; nothing when somebody has begun the same attempt.
-- grain:   one row, or none
-- params:  customer_id, system_id, attempt, person_id int; subject_id, run_id, actor text; exception_id bigint; at timestamptz
-- columns: attempt int
-- source:  the key is the transaction and the attempt: of two people one begins it
INSERT INTO ops.retry (customer_id, system_id, subject_id, attempt, exception_id, run_id, state, actor, person_id, begun_at)
VALUES (
  CAST(:customer_id AS int), CAST(:system_id AS int), CAST(:subject_id AS text), CAST(:attempt AS int), CAST(:exception_id AS bigint),
  CAST(:run_id AS text), 'begun', CAST(:actor AS text), CAST(:person_id AS int), CAST(:at AS timestamptz))
ON CONFLICT (customer_id, system_id, subject_id, attempt) DO NOTHING
RETURNING attempt
