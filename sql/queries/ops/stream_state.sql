-- Where a stream stands: its cursor and when it was last read whole.
-- grain:   one row
-- params:  customer_id, system_id int; stream text
-- columns: position jsonb (null: never read); previous timestamptz (start of the last complete poll); held int (records in quarantine)
-- source:  ops.cursor, ops.poll, ops.quarantine
SELECT
  (SELECT c.position FROM ops.cursor c
   WHERE c.customer_id = CAST(:customer_id AS int) AND c.system_id = CAST(:system_id AS int) AND c.stream = CAST(:stream AS text)) AS position,
  (SELECT max(p.started_at) FROM ops.poll p
   WHERE p.customer_id = CAST(:customer_id AS int) AND p.system_id = CAST(:system_id AS int) AND p.stream = CAST(:stream AS text)
     AND p.outcome = 'complete') AS previous,
  (SELECT count(*) FROM ops.quarantine q
   WHERE q.customer_id = CAST(:customer_id AS int) AND q.system_id = CAST(:system_id AS int) AND q.stream = CAST(:stream AS text)
     AND q.state = 'held') AS held
