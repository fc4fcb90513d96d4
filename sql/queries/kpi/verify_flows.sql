-- Which claims of a customer's flows can be held against which records, and up to when both systems have been read.
-- grain:   one row of pg_temp.flow_rule per flow and object type
-- params:  customer_id int; rules jsonb (metrics.verification.as_rows)
-- columns: rows written
-- source:  the ledger (kpi.stream_read); fields of the rule, or those of them that both kinds hold and the flow has agreed on (ops.flow); [ours] the common cut-off is what was read of both systems less the flow's promise. Records that
--          came without polls count as read; a source that was never read at all is left out, the log's own words then stand for it
WITH
rule AS (
  SELECT r.*
  FROM jsonb_to_recordset(CAST(:rules AS jsonb))
    r (n int, workflow text, object_type text, source_type text, target_type text, fields jsonb, shared jsonb, moved_by jsonb,
      makes boolean)
),
read AS (
  SELECT k.system_id, k.object, range_agg(k.windows) AS windows
  FROM kpi.stream_read k
  WHERE k.customer_id = CAST(:customer_id AS int)
  GROUP BY k.system_id, k.object
),
fitting AS (
  SELECT DISTINCT ON (f.flow_id, r.object_type)
    f.flow_id, f.from_system_id, f.to_system_id, f.runs_system_id, f.runs_match, f.agreed, r.*,
    r.workflow IS NOT NULL OR EXISTS (
      SELECT FROM jsonb_array_elements_text(r.moved_by) m (pattern) WHERE f.workflow LIKE replace(m.pattern, '_', '\_')) AS is_own,
    f.to_system_id IS NOT NULL AND (r.source_type <> r.target_type OR f.to_system_id IS DISTINCT FROM f.from_system_id) AS is_checkable
  FROM ops.flow f
  JOIN rule r ON coalesce(f.workflow LIKE replace(r.workflow, '_', '\_'), true)
  WHERE f.customer_id = CAST(:customer_id AS int)
  ORDER BY f.flow_id, r.object_type, r.n
),
-- what a flow has agreed on is about what it moves: of other kinds in its log the library's fields hold
agreeing AS (
  SELECT
    f.flow_id, f.from_system_id, f.to_system_id, f.runs_system_id, f.runs_match, f.n, f.object_type, f.source_type, f.target_type, f.makes,
    f.is_checkable,
    CASE
      WHEN f.agreed IS NULL OR NOT f.is_own AND bool_or(f.is_own) OVER (PARTITION BY f.flow_id) THEN f.fields
      ELSE a.fields
    END AS fields
  FROM fitting f
  CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(h.field || jsonb_strip_nulls(jsonb_build_object('tolerance', e.entry -> 'tolerance')) ORDER BY e.place), '[]') AS fields
    FROM jsonb_array_elements(f.agreed) WITH ORDINALITY e (entry, place)
    JOIN jsonb_array_elements(f.shared) h (field) ON h.field ->> 'name' = coalesce(e.entry ->> 'field', e.entry #>> '{}')
  ) a
),
known AS (
  SELECT
    f.*, p.deadline_seconds, p.promises,
    CASE WHEN t.windows IS NOT NULL THEN t.windows WHEN ht.is_held THEN '{(,)}' ELSE '{}' END AS windows,
    CASE WHEN s.windows IS NOT NULL THEN s.windows WHEN hs.is_held OR f.from_system_id IS NULL THEN '{(,)}' END AS source_windows,
    CASE WHEN u.windows IS NOT NULL THEN u.windows
         WHEN EXISTS (SELECT FROM ops.poll q WHERE q.customer_id = CAST(:customer_id AS int) AND q.system_id = f.runs_system_id) THEN '{}'
         ELSE '{(,)}' END AS run_windows
  FROM agreeing f
  LEFT JOIN read t ON t.system_id = f.to_system_id AND t.object = f.target_type
  LEFT JOIN read s ON s.system_id = f.from_system_id AND s.object = f.source_type
  LEFT JOIN read u ON u.system_id = f.runs_system_id AND u.object = 'run'
  CROSS JOIN LATERAL (
    SELECT (array_agg(p.deadline_seconds ORDER BY p.valid_from DESC))[1] AS deadline_seconds,
      string_agg(concat_ws(' ', p.valid_from, p.valid_to, p.deadline_seconds, p.calendar_id), ',' ORDER BY p.valid_from) AS promises
    FROM ops.flow_promise p
    WHERE p.customer_id = CAST(:customer_id AS int) AND p.flow_id = f.flow_id
  ) p
  LEFT JOIN LATERAL (
    SELECT true AS is_held FROM kpi.record r
    WHERE t.windows IS NULL AND r.customer_id = CAST(:customer_id AS int) AND r.system_id = f.to_system_id AND r.object_type = f.target_type
    LIMIT 1
  ) ht ON true
  LEFT JOIN LATERAL (
    SELECT true AS is_held FROM kpi.record r
    WHERE s.windows IS NULL AND r.customer_id = CAST(:customer_id AS int) AND r.system_id = f.from_system_id AND r.object_type = f.source_type
    LIMIT 1
  ) hs ON true
  WHERE f.is_checkable
),
until AS (
  SELECT
    k.*,
    least(
      CASE WHEN isempty(k.windows) THEN CAST('-infinity' AS timestamptz) ELSE coalesce(upper(k.windows), 'infinity') END,
      CASE WHEN k.source_windows IS NULL THEN 'infinity' ELSE coalesce(upper(k.source_windows), 'infinity') END) AS read_until,
    concat_ws(' | ', k.from_system_id, k.to_system_id, k.runs_system_id, k.runs_match, k.n, k.source_type, k.target_type, k.fields, k.promises,
      k.source_windows IS NULL, isempty(k.windows)) AS config
  FROM known k
)
INSERT INTO pg_temp.flow_rule (
  flow_id, object_type, source_type, source_system_id, target_type, target_system_id, fields, read_until, windows, run_windows, cut_off, config,
  is_made, is_changed, looked_at)
SELECT
  u.flow_id, u.object_type, u.source_type, u.from_system_id, u.target_type, u.to_system_id, u.fields, u.read_until, u.windows, u.run_windows,
  u.read_until - make_interval(secs => coalesce(u.deadline_seconds, 0)), u.config, u.makes, v.config IS DISTINCT FROM u.config, v.looked_at
FROM until u
LEFT JOIN kpi.verified_flow v ON v.customer_id = CAST(:customer_id AS int) AND v.flow_id = u.flow_id AND v.object_type = u.object_type
