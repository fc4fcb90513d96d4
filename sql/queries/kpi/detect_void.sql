-- Transactions that turned out well after all, or are told under another cause now: their occurrence was none.
-- grain:   one row of ops.exception_occurrence per such transaction of a cell that changed; it is cleared at the instant it began
-- params:  customer_ids int[]; version int
-- columns: rows written (touched)
-- source:  pg_temp.cell, pg_temp.candidate
WITH
told AS (
  SELECT c.customer_id, c.subject_system_id, c.subject_id, e.exception_id
  FROM pg_temp.candidate c
  JOIN ops.exception e ON e.customer_id = c.customer_id AND e.fingerprint = c.fingerprint AND e.fingerprint_version = CAST(:version AS int)
  WHERE c.subject_type = 'transaction'
),
voided AS (
  UPDATE ops.exception_occurrence o
  SET cleared_at = o.occurred_at
  FROM pg_temp.cell c
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.subject_type = 'transaction'
    AND o.cleared_at IS DISTINCT FROM o.occurred_at
    AND c.customer_id = o.customer_id AND c.flow_id = o.flow_id AND o.occurred_at >= c.hour AND o.occurred_at < c.hour + interval '1 hour'
    AND NOT EXISTS (
      SELECT FROM told t
      WHERE t.customer_id = o.customer_id AND t.subject_system_id = o.system_id AND t.subject_id = o.subject_id AND t.exception_id = o.exception_id)
  RETURNING o.customer_id, o.exception_id
)
INSERT INTO pg_temp.touched (customer_id, exception_id)
SELECT DISTINCT v.customer_id, v.exception_id
FROM voided v
