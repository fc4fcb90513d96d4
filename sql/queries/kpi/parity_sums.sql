-- The checksums of both sides and of the links between them, for each range that was read.
-- grain:   one row of pg_temp.range_now per pair and range of keys; a target belongs to the range of its source
-- params:  none
-- columns: rows written
-- source:  the idea of checksums by segment is data-diff's; hashed in SQL, 256 ranges
WITH
source AS (
  SELECT s.flow_id, s.range_no, count(*) AS n,
    bit_xor(hash_record_extended(ROW (s.source_id, s.fields, s.amount, s.currency, s.at, s.version_at, s.label), 0)) AS sum
  FROM pg_temp.source_side s
  GROUP BY s.flow_id, s.range_no
),
-- with the source it is linked to best
target AS (
  SELECT t.flow_id, t.range_no, count(*) AS n,
    bit_xor(hash_record_extended(ROW (
      t.source_id, t.fields, t.amount, t.currency, t.at, t.version_at, t.gone_at, t.made_at, t.label, t.of_id, t.match, t.rule, t.confidence), 0)) AS sum
  FROM pg_temp.target_side t
  GROUP BY t.flow_id, t.range_no
),
-- of the other links only a suggestion decides something: that a source may have a target which no proof gives to another
linked AS (
  SELECT l.flow_id, l.range_no, bit_xor(hash_record_extended(ROW (l.source_id, l.target_id), 0)) AS sum
  FROM pg_temp.link l
  JOIN pg_temp.source_side s ON s.flow_id = l.flow_id AND s.source_id = l.source_id
  WHERE l.match = 'suggested'
    AND NOT EXISTS (SELECT FROM pg_temp.link f WHERE f.flow_id = l.flow_id AND f.target_id = l.target_id AND f.match <> 'suggested')
  GROUP BY l.flow_id, l.range_no
)
INSERT INTO pg_temp.range_now (flow_id, range_no, source_rows, source_sum, target_rows, target_sum, link_sum)
SELECT g.flow_id, g.range_no, coalesce(s.n, 0), coalesce(s.sum, 0), coalesce(t.n, 0), coalesce(t.sum, 0), coalesce(l.sum, 0)
FROM pg_temp.range_read g
LEFT JOIN source s ON s.flow_id = g.flow_id AND s.range_no = g.range_no
LEFT JOIN target t ON t.flow_id = g.flow_id AND t.range_no = g.range_no
LEFT JOIN linked l ON l.flow_id = g.flow_id AND l.range_no = g.range_no
