-- Has anything been written since that two systems are compared by, or has something waited long enough?
-- grain:   one row
-- params:  customer_id int; since timestamptz (null: yes)
-- columns: is_needed boolean
-- source:  last_seen_at of records; biz.xref; kpi.parity_range
SELECT
  CAST(:since AS timestamptz) IS NULL
  OR EXISTS (
    SELECT FROM pg_temp.pair p
    LEFT JOIN kpi.parity_range k ON k.customer_id = CAST(:customer_id AS int) AND k.flow_id = p.flow_id AND k.range_no = 0
    WHERE k.config IS DISTINCT FROM p.config)
  OR EXISTS (
    SELECT FROM kpi.parity_range k
    LEFT JOIN pg_temp.pair p ON p.flow_id = k.flow_id
    WHERE k.customer_id = CAST(:customer_id AS int) AND (p.flow_id IS NULL OR k.next_at <= p.read_until))
  OR EXISTS (
    SELECT FROM biz.xref x
    WHERE x.customer_id = CAST(:customer_id AS int)
      AND (x.valid_from >= CAST(:since AS timestamptz) OR x.valid_to >= CAST(:since AS timestamptz) AND x.valid_to < 'infinity'))
  OR EXISTS (
    SELECT FROM (
      SELECT p.source_system_id AS system_id, p.source_type AS object_type FROM pg_temp.pair p
      UNION SELECT p.target_system_id, p.target_type FROM pg_temp.pair p
      UNION SELECT p.source_system_id, 'opportunity' FROM pg_temp.pair p WHERE p.source_type = 'account'
    ) t
    CROSS JOIN LATERAL (
      SELECT 1 FROM kpi.record r
      WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = t.system_id AND r.object_type = t.object_type
        AND r.last_seen_at >= CAST(:since AS timestamptz)
      LIMIT 1
    ) r)
  AS is_needed
