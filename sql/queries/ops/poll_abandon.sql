-- Polls of a stream that nobody works on any more: their worker died, or lost its lease.
-- grain:   one row per poll
-- params:  customer_id, system_id int; stream, worker text (who asks: his own are alive); at timestamptz
-- columns: none
-- source:  ops.lease says who works on what
UPDATE ops.poll p
SET outcome = 'abandoned', finished_at = CAST(:at AS timestamptz), error_kind = 'abandoned', error = 'its worker did not finish it'
WHERE p.customer_id = CAST(:customer_id AS int)
  AND p.system_id = CAST(:system_id AS int)
  AND p.stream = CAST(:stream AS text)
  AND p.outcome = 'running'
  AND p.worker <> CAST(:worker AS text)
