-- The records of the targets in the ranges that are read, each with the source that it is linked to best.
-- grain:   one row of pg_temp.target_side per record; deleted ones only where their source is there
-- params:  customer_id int
-- columns: rows written
-- source:  view kpi.record, pg_temp.home
WITH
record AS (
  SELECT p.flow_id, r.*
  FROM pg_temp.pair p
  CROSS JOIN LATERAL (
    SELECT r.source_id, r.fields, r.amount, r.currency, r.at, r.version_at, r.gone_at, r.label, r.created_at,
      coalesce(r.created_at, r.first_seen_at) AS made_at
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = p.target_system_id AND r.object_type = p.target_type AND NOT r.is_part
    OFFSET 0
  ) r
  WHERE p.is_whole
  UNION ALL
  SELECT p.flow_id, r.*
  FROM pg_temp.wanted w
  JOIN pg_temp.pair p ON p.flow_id = w.flow_id
  CROSS JOIN LATERAL (
    SELECT r.source_id, r.fields, r.amount, r.currency, r.at, r.version_at, r.gone_at, r.label, r.created_at,
      coalesce(r.created_at, r.first_seen_at)
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = p.target_system_id AND r.object_type = p.target_type AND r.source_id = w.id
      AND NOT r.is_part
    OFFSET 0
  ) r
  WHERE w.is_target
),
placed AS (
  SELECT r.*, h.source_id AS of_id, h.match, h.rule, h.confidence, coalesce(h.has_source, false) AS has_source,
    coalesce(h.range_no, kpi.key_range('target ' || r.source_id)) AS range_no
  FROM record r
  LEFT JOIN pg_temp.home h ON h.flow_id = r.flow_id AND h.target_id = r.source_id
)
INSERT INTO pg_temp.target_side (
  flow_id, range_no, source_id, fields, amount, currency, at, version_at, gone_at, created_at, made_at, label, of_id, match, rule,
  confidence, has_source)
SELECT
  r.flow_id, r.range_no, r.source_id, r.fields, r.amount, r.currency, r.at, r.version_at, r.gone_at, r.created_at, r.made_at, r.label, r.of_id,
  r.match, r.rule, r.confidence, r.has_source
FROM placed r
JOIN pg_temp.range_read g ON g.flow_id = r.flow_id AND g.range_no = r.range_no
WHERE r.gone_at = 'infinity' OR r.has_source
