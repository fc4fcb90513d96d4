-- Keeps what the first look at a customer's projects found, once and for good: of those that are known as they stood at that look.
-- grain:   one row of kpi.project_audit per project
-- params:  customer_id int; customer_ids int[] (the same one); now timestamptz; made_from timestamptz (null: all); version int (of the list
--          of checks)
-- columns: rows written
-- source:  metrics.md C3; known is what was not changed after the look and of which the source was read up to it
WITH
candidate AS MATERIALIZED (
  SELECT p.system_id, p.source_id, d.audit_at
  FROM biz.project p
  JOIN ops.customer c ON c.customer_id = p.customer_id
  CROSS JOIN LATERAL (SELECT coalesce(p.created_at, p.first_seen_at) AS made_at) m
  CROSS JOIN LATERAL (SELECT kpi.next_working_day(m.made_at, c.time_zone) AS audit_at) d
  LEFT JOIN kpi.project_audit f ON f.customer_id = p.customer_id AND f.system_id = p.system_id AND f.project_id = p.source_id
  WHERE p.customer_id = CAST(:customer_id AS int) AND p.parent_ref IS NULL AND p.deleted_at IS NULL AND f.project_id IS NULL
    AND coalesce(m.made_at >= CAST(:made_from AS timestamptz), true) AND d.audit_at <= CAST(:now AS timestamptz)
    AND coalesce(p.source_updated_at, p.last_seen_at) <= d.audit_at
),
-- include: setup_check
INSERT INTO kpi.project_audit (customer_id, system_id, project_id, version, made_at, audit_at, found_at, checks, failed, amount, currency)
SELECT
  k.customer_id, k.system_id, k.project_id, CAST(:version AS smallint), k.made_at, d.audit_at, CAST(:now AS timestamptz), k.checks, k.failed,
  k.amount, k.currency
FROM checked k
JOIN candidate d ON d.system_id = k.system_id AND d.source_id = k.project_id
LEFT JOIN (
  SELECT r.system_id, max(upper(r.windows)) AS until
  FROM kpi.stream_read r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.object = 'project'
  GROUP BY r.system_id
) r ON r.system_id = k.system_id
WHERE k.customer_id = CAST(:customer_id AS int) AND cardinality(k.checks) > 0 AND (SELECT count(*) FROM candidate) > 0  -- mostly none: nothing else is asked
  AND d.audit_at <= coalesce(r.until, CAST(:now AS timestamptz))
ON CONFLICT (customer_id, system_id, project_id) DO NOTHING
