-- Moves a stream's cursor, in the transaction of the rows that it accounts for.
-- grain:   one row
-- params:  customer_id, system_id int; stream text; position text (json); at timestamptz
-- columns: none
-- source:  the harness
INSERT INTO ops.cursor (customer_id, system_id, stream, position, moved_at)
VALUES (CAST(:customer_id AS int), CAST(:system_id AS int), CAST(:stream AS text), CAST(:position AS jsonb), CAST(:at AS timestamptz))
ON CONFLICT (customer_id, system_id, stream) DO UPDATE SET position = excluded.position, moved_at = excluded.moved_at
