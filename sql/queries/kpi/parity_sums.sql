-- The checksums of both sides and of the links between them, range by range: one reading of each side, without comparing record by record.
-- grain:   one row of pg_temp.range_now per pair and range of keys; a target belongs to the range of its source
-- params:  customer_id int
-- columns: rows written
-- source:  the idea of checksums by segment is data-diff's; hashed in SQL, 256 ranges
WITH
range AS (SELECT p.flow_id, g.n AS range_no FROM pg_temp.pair p CROSS JOIN generate_series(0, 255) g (n)),
home AS (
  SELECT DISTINCT ON (l.flow_id, l.target_id) l.flow_id, l.target_id, l.range_no
  FROM pg_temp.link l
  ORDER BY l.flow_id, l.target_id, l.confidence DESC, l.source_id
),
source AS (
  SELECT p.flow_id, kpi.key_range(r.source_id) AS range_no, count(*) AS n,
    bit_xor(hashtextextended(concat_ws(' ', r.source_id, r.fields, extract(epoch FROM r.at), extract(epoch FROM r.version_at), r.label), 0)) AS sum
  FROM pg_temp.pair p
  CROSS JOIN LATERAL (
    SELECT r.source_id, r.fields, r.at, r.version_at, r.label
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = p.source_system_id AND r.object_type = p.source_type
      AND r.gone_at = 'infinity' AND r.is_owed AND NOT r.is_part
    OFFSET 0
  ) r
  GROUP BY 1, 2
),
target AS (
  SELECT p.flow_id, coalesce(h.range_no, kpi.key_range('target ' || r.source_id)) AS range_no, count(*) AS n,
    bit_xor(hashtextextended(
      concat_ws(' ', r.source_id, r.fields, extract(epoch FROM r.at), extract(epoch FROM r.version_at), r.gone_at, r.label), 0)) AS sum
  FROM pg_temp.pair p
  CROSS JOIN LATERAL (
    SELECT r.source_id, r.fields, r.at, r.version_at, extract(epoch FROM r.gone_at) AS gone_at, r.label
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = p.target_system_id AND r.object_type = p.target_type AND NOT r.is_part
    OFFSET 0
  ) r
  LEFT JOIN home h ON h.flow_id = p.flow_id AND h.target_id = r.source_id
  GROUP BY 1, 2
),
linked AS (
  SELECT l.flow_id, l.range_no,
    bit_xor(hashtextextended(concat_ws(' ', l.source_id, l.target_id, l.match, l.rule, l.confidence, l.is_taken), 0)) AS sum
  FROM (
    SELECT l.*, bool_or(l.match <> 'suggested') OVER (PARTITION BY l.flow_id, l.target_id) AS is_taken
    FROM pg_temp.link l
  ) l
  GROUP BY l.flow_id, l.range_no
)
INSERT INTO pg_temp.range_now (flow_id, range_no, source_rows, source_sum, target_rows, target_sum, link_sum)
SELECT g.flow_id, g.range_no, coalesce(s.n, 0), coalesce(s.sum, 0), coalesce(t.n, 0), coalesce(t.sum, 0), coalesce(l.sum, 0)
FROM range g
LEFT JOIN source s ON s.flow_id = g.flow_id AND s.range_no = g.range_no
LEFT JOIN target t ON t.flow_id = g.flow_id AND t.range_no = g.range_no
LEFT JOIN linked l ON l.flow_id = g.flow_id AND l.range_no = g.range_no
