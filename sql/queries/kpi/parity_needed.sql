-- Has anything been written since that two systems are compared by, or has something waited long enough?
-- grain:   one row
-- params:  customer_id int
-- columns: is_needed boolean
-- source:  pg_temp.pair, wanted; kpi.parity_range
SELECT
  EXISTS (SELECT FROM pg_temp.wanted)
  OR EXISTS (SELECT FROM pg_temp.pair p WHERE p.is_whole)
  OR EXISTS (
    SELECT FROM kpi.parity_range k
    LEFT JOIN pg_temp.pair p ON p.flow_id = k.flow_id
    WHERE k.customer_id = CAST(:customer_id AS int) AND (p.flow_id IS NULL OR k.next_at <= p.read_until))
  AS is_needed
