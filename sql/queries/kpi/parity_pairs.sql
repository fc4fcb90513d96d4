-- Which kinds of record of which two systems have to be equal: what a flow's workflow moves. Two flows for one pair are one pair. Read as a whole are
-- those that were never compared, or by other rules, and accounts when a deal was written: whether one has bought shows in the deals.
-- grain:   one row of pg_temp.pair per two kinds of record
-- params:  customer_id int; since timestamptz (null: all are read as a whole); rules jsonb (metrics.verification.as_rows)
-- columns: rows written
-- source:  pg_temp.flow_rule
WITH
rule AS (
  SELECT DISTINCT r.source_type, r.target_type, m.pattern
  FROM jsonb_to_recordset(CAST(:rules AS jsonb)) r (source_type text, target_type text, moved_by jsonb)
  CROSS JOIN LATERAL jsonb_array_elements_text(r.moved_by) m (pattern)
),
fitting AS (
  SELECT DISTINCT ON (f.source_system_id, f.target_system_id, f.source_type, f.target_type)
    f.flow_id, f.source_system_id, f.source_type, f.target_system_id, f.target_type, f.fields, f.read_until,
    coalesce(p.deadline_seconds, 0) AS deadline_seconds, p.calendar_id,
    -- the first poll ends the time in which records without polls counted as read for good
    concat_ws(' | ', f.config, f.read_until = 'infinity') AS config
  FROM pg_temp.flow_rule f
  JOIN ops.flow w ON w.customer_id = CAST(:customer_id AS int) AND w.flow_id = f.flow_id AND w.removed_at IS NULL
  JOIN rule r ON r.source_type = f.source_type AND r.target_type = f.target_type AND w.workflow LIKE replace(r.pattern, '_', '\_')
  LEFT JOIN LATERAL (
    SELECT p.deadline_seconds, p.calendar_id FROM ops.flow_promise p
    WHERE p.customer_id = CAST(:customer_id AS int) AND p.flow_id = f.flow_id
    ORDER BY p.valid_from DESC LIMIT 1
  ) p ON true
  WHERE f.source_system_id IS NOT NULL AND f.source_system_id <> f.target_system_id
  ORDER BY f.source_system_id, f.target_system_id, f.source_type, f.target_type, f.flow_id
)
INSERT INTO pg_temp.pair (
  flow_id, source_system_id, source_type, target_system_id, target_type, fields, read_until, deadline_seconds, calendar_id, config, relation, has_keys,
  is_whole)
SELECT DISTINCT ON (f.flow_id)
  f.flow_id, f.source_system_id, f.source_type, f.target_system_id, f.target_type, f.fields, f.read_until, f.deadline_seconds, f.calendar_id, f.config,
  CASE WHEN f.source_type = 'opportunity' AND f.target_type = 'project' THEN 'project_of_opportunity'
       WHEN f.source_type = f.target_type THEN 'same_' || f.source_type END,
  f.source_type = f.target_type AND f.source_type <> 'account',  -- accounts are matched by rules of their own
  CAST(:since AS timestamptz) IS NULL
    OR NOT EXISTS (
      SELECT FROM kpi.parity_range k
      WHERE k.customer_id = CAST(:customer_id AS int) AND k.flow_id = f.flow_id AND k.range_no = 0 AND k.config = f.config)
    OR f.source_type = 'account' AND EXISTS (
      SELECT FROM biz.opportunity o
      WHERE o.customer_id = CAST(:customer_id AS int) AND o.system_id = f.source_system_id AND o.last_seen_at >= CAST(:since AS timestamptz))
FROM fitting f
ORDER BY f.flow_id, f.source_type
