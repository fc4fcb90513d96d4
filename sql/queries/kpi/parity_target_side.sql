-- The records of the targets in the ranges that are read again, each with the source that it is linked to best.
-- grain:   one row of pg_temp.target_side per record, deleted ones included
-- params:  customer_id int
-- columns: rows written
-- source:  view kpi.record, pg_temp.link
WITH
home AS (
  SELECT DISTINCT ON (l.flow_id, l.target_id) l.flow_id, l.target_id, l.source_id, l.range_no, l.match, l.rule, l.confidence
  FROM pg_temp.link l
  ORDER BY l.flow_id, l.target_id, l.confidence DESC, l.source_id
)
INSERT INTO pg_temp.target_side (
  flow_id, range_no, source_id, fields, amount, currency, at, version_at, gone_at, made_at, label, of_id, match, rule, confidence)
SELECT
  p.flow_id, g.range_no, r.source_id, r.fields, r.amount, r.currency, r.at, r.version_at, r.gone_at, r.made_at, r.label, r.of_id, r.match, r.rule,
  r.confidence
FROM pg_temp.pair p
CROSS JOIN LATERAL (
  SELECT r.source_id, r.fields, r.amount, r.currency, r.at, r.version_at, r.gone_at, r.label, coalesce(r.created_at, r.first_seen_at) AS made_at,
    h.source_id AS of_id, h.match, h.rule, h.confidence, coalesce(h.range_no, kpi.key_range('target ' || r.source_id)) AS range_no
  FROM kpi.record r
  LEFT JOIN home h ON h.flow_id = p.flow_id AND h.target_id = r.source_id
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = p.target_system_id AND r.object_type = p.target_type AND NOT r.is_part
    AND coalesce(h.range_no, kpi.key_range('target ' || r.source_id)) = ANY (ARRAY(SELECT DISTINCT g.range_no FROM pg_temp.range_read g))
  OFFSET 0
) r
JOIN pg_temp.range_read g ON g.flow_id = p.flow_id AND g.range_no = r.range_no
