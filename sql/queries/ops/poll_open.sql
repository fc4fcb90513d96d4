-- Opens a poll in the ledger; it stays 'running' until it is closed, or called abandoned.
-- grain:   one row
-- params:  customer_id, system_id int; stream, object text (what it reads: coverage follows from it); due_at, started_at, window_from timestamptz; cursor_before text (json); worker text
-- columns: poll_id bigint
-- source:  the harness
INSERT INTO ops.poll (customer_id, system_id, stream, object, due_at, started_at, window_from, cursor_before, worker)
VALUES (
  CAST(:customer_id AS int), CAST(:system_id AS int), CAST(:stream AS text), CAST(:object AS text), CAST(:due_at AS timestamptz),
  CAST(:started_at AS timestamptz), CAST(:window_from AS timestamptz), CAST(:cursor_before AS jsonb), CAST(:worker AS text)
)
RETURNING poll_id
