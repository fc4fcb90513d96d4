-- The customer whose days are told, and by which clock.
-- expects: customer_id int
-- gives:   place (customer_id int, time_zone text), one row
-- source:  [ours]
place AS (
  SELECT c.customer_id, c.time_zone
  FROM ops.customer c
  WHERE c.customer_id = CAST(:customer_id AS int)
)
