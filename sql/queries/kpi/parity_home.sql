-- The source that each target is linked to best, and whether that source is in the ranges that are read.
-- grain:   one row of pg_temp.home per linked target
-- params:  none
-- columns: rows written
-- source:  pg_temp.link, source_side
WITH
best AS (
  SELECT DISTINCT ON (l.flow_id, l.target_id) l.flow_id, l.target_id, l.source_id, l.range_no, l.match, l.rule, l.confidence
  FROM pg_temp.link l
  ORDER BY l.flow_id, l.target_id, l.confidence DESC, l.source_id
)
INSERT INTO pg_temp.home (flow_id, target_id, source_id, range_no, match, rule, confidence, has_source)
SELECT b.flow_id, b.target_id, b.source_id, b.range_no, b.match, b.rule, b.confidence, s.source_id IS NOT NULL
FROM best b
LEFT JOIN pg_temp.source_side s ON s.flow_id = b.flow_id AND s.source_id = b.source_id
