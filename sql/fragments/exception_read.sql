-- Into whose queue anything has ever been looked.
-- expects: parameter customer_ids int[]
-- gives:   exception_read (customer_id int), one row per customer of whom a stream was read or an exception is there
exception_read AS (
  SELECT k.customer_id
  FROM kpi.stream_read k
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION
  SELECT e.customer_id
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
)
