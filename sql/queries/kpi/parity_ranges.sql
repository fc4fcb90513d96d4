-- Lists the ranges to read: of records that were written and links that began or ended since, and those in which time has decided something.
-- grain:   one row of pg_temp.range_read per pair and range; a target belongs to the ranges of its sources, else to one of its own
-- params:  customer_id int
-- columns: rows written
-- source:  pg_temp.wanted, link; kpi.parity_range
INSERT INTO pg_temp.range_read (flow_id, range_no)
SELECT p.flow_id, g.n
FROM pg_temp.pair p
CROSS JOIN generate_series(0, 255) g (n)
WHERE p.is_whole
UNION
SELECT k.flow_id, k.range_no
FROM kpi.parity_range k
JOIN pg_temp.pair p ON p.flow_id = k.flow_id
WHERE k.customer_id = CAST(:customer_id AS int) AND k.next_at <= p.read_until
UNION
SELECT w.flow_id, kpi.key_range(w.id)
FROM pg_temp.wanted w
WHERE NOT w.is_target
UNION
SELECT l.flow_id, l.range_no
FROM pg_temp.wanted w
JOIN pg_temp.link l ON l.flow_id = w.flow_id AND l.target_id = w.id
WHERE w.is_target
UNION
SELECT w.flow_id, r.range_no
FROM pg_temp.wanted w
CROSS JOIN LATERAL (SELECT kpi.key_range('target ' || w.id) AS range_no) r
WHERE w.is_target
  AND (NOT EXISTS (SELECT FROM pg_temp.link l WHERE l.flow_id = w.flow_id AND l.target_id = w.id)
    OR EXISTS (
      SELECT FROM kpi.parity k
      WHERE k.customer_id = CAST(:customer_id AS int) AND k.flow_id = w.flow_id AND k.range_no = r.range_no AND k.source_id = '' AND k.target_id = w.id))
