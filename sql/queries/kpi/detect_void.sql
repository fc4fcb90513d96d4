-- Transactions that turned out well after all, or are told under another cause now: their occurrence was none.
-- grain:   one row of ops.exception_occurrence per such transaction of a cell that changed; it is cleared at the instant it began
-- params:  customer_ids int[]
-- columns: rows written (touched)
-- source:  pg_temp.cell, pg_temp.candidate
WITH
voided AS (
  UPDATE ops.exception_occurrence o
  SET cleared_at = o.occurred_at
  FROM pg_temp.cell c
  JOIN ops.customer z ON z.customer_id = c.customer_id
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.subject_type = 'transaction'
    AND o.cleared_at IS DISTINCT FROM o.occurred_at
    AND c.customer_id = o.customer_id AND c.flow_id = o.flow_id AND c.hour = date_trunc('hour', o.occurred_at, z.time_zone)
    AND NOT EXISTS (
      SELECT FROM pg_temp.candidate t
      WHERE t.customer_id = o.customer_id AND t.subject_type = o.subject_type AND t.subject_system_id = o.system_id
        AND t.subject_id = o.subject_id AND t.exception_id = o.exception_id)
  RETURNING o.customer_id, o.exception_id
)
INSERT INTO pg_temp.touched (customer_id, exception_id)
SELECT DISTINCT v.customer_id, v.exception_id
FROM voided v
ON CONFLICT DO NOTHING
