-- Lists the claims to verify again: what was written since about the claim, its source, its target or the link between them, and what could not be
-- checked until now.
-- grain:   one row of pg_temp.claim_key per claim of one customer
-- params:  customer_id int; since timestamptz (null: all of them)
-- columns: rows written
-- source:  last_seen_at of runs, items and records; biz.xref, biz.billing_link; ops.quarantine
WITH
changed AS MATERIALIZED (
  SELECT r.system_id, r.object_type, r.source_id, r.names, r.made_for
  FROM (
    SELECT f.source_system_id AS system_id, f.source_type AS object_type FROM pg_temp.flow_rule f
    UNION
    SELECT f.target_system_id, f.target_type FROM pg_temp.flow_rule f
  ) t
  CROSS JOIN LATERAL (
    SELECT r.system_id, r.object_type, r.source_id, r.names, r.made_for
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = t.system_id AND r.object_type = t.object_type
      AND r.last_seen_at >= CAST(:since AS timestamptz)
    OFFSET 0
  ) r
),
-- the keys by which a changed target may be somebody's
wanted AS MATERIALIZED (
  SELECT DISTINCT f.source_system_id AS system_id, f.source_type AS object_type, w.name
  FROM changed c
  JOIN pg_temp.flow_rule f ON f.target_system_id = c.system_id AND f.target_type = c.object_type
  CROSS JOIN LATERAL unnest(array_append(CASE WHEN f.source_type = f.target_type THEN c.names ELSE '{}' END, c.made_for)) w (name)
  WHERE w.name IS NOT NULL
),
source AS MATERIALIZED (
  SELECT c.system_id, c.object_type, c.source_id FROM changed c
  UNION
  SELECT r.system_id, r.object_type, r.source_id
  FROM (SELECT DISTINCT w.system_id, w.object_type FROM wanted w) t
  CROSS JOIN LATERAL (
    SELECT r.system_id, r.object_type, r.source_id, r.names
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = t.system_id AND r.object_type = t.object_type
    OFFSET 0
  ) r
  CROSS JOIN LATERAL unnest(r.names) u (name)
  JOIN wanted w ON w.system_id = r.system_id AND w.object_type = r.object_type AND w.name = u.name
  UNION
  SELECT x.system_id, f.source_type, x.id
  FROM (
    SELECT x.left_system_id, x.left_id, x.right_system_id, x.right_id
    FROM biz.xref x
    WHERE x.customer_id = CAST(:customer_id AS int)
      AND (x.valid_from >= (SELECT min(f.looked_at) FROM pg_temp.flow_rule f) OR
           x.valid_to < 'infinity' AND x.valid_to >= (SELECT min(f.looked_at) FROM pg_temp.flow_rule f))
  ) l
  CROSS JOIN LATERAL (VALUES (l.left_system_id, l.left_id), (l.right_system_id, l.right_id)) x (system_id, id)
  JOIN pg_temp.flow_rule f ON f.source_system_id = x.system_id
  UNION
  SELECT b.system_id, b.object_type, b.object_ref
  FROM biz.billing_link b
  WHERE b.customer_id = CAST(:customer_id AS int) AND b.last_seen_at >= CAST(:since AS timestamptz)
),
key AS MATERIALIZED (
  SELECT DISTINCT n.name
  FROM (
    SELECT u.name FROM changed c CROSS JOIN LATERAL unnest(c.names) u (name)
    UNION ALL SELECT c.made_for FROM changed c
    UNION ALL SELECT kpi.plain_key(q.record_key) FROM ops.quarantine q
    WHERE q.customer_id = CAST(:customer_id AS int) AND q.state = 'held' AND q.last_seen_at >= CAST(:since AS timestamptz)
  ) n
  WHERE n.name IS NOT NULL
),
run AS MATERIALIZED (
  SELECT r.system_id, r.external_id
  FROM raw.run r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.last_seen_at >= CAST(:since AS timestamptz)
  UNION
  SELECT i.system_id, i.external_id
  FROM raw.run_item i
  WHERE i.customer_id = CAST(:customer_id AS int) AND i.last_seen_at >= CAST(:since AS timestamptz)
),
listed AS (
  -- claims that are new or told otherwise, and those of flows that are verified otherwise from now on
  SELECT c.flow_id, c.due_at, c.run_system_id, c.transaction_key, c.object_type, c.source_key
  FROM kpi.claim c
  WHERE CAST(:since AS timestamptz) IS NULL AND c.customer_id = CAST(:customer_id AS int)
  UNION
  SELECT c.flow_id, c.due_at, c.run_system_id, c.transaction_key, c.object_type, c.source_key
  FROM kpi.claim c
  WHERE c.customer_id = CAST(:customer_id AS int) AND c.run_seen_at >= CAST(:since AS timestamptz)
  UNION
  SELECT c.flow_id, c.due_at, c.run_system_id, c.transaction_key, c.object_type, c.source_key
  FROM kpi.claim c
  WHERE c.customer_id = CAST(:customer_id AS int) AND c.item_seen_at >= CAST(:since AS timestamptz)
  UNION
  SELECT c.flow_id, c.due_at, c.run_system_id, c.transaction_key, c.object_type, c.source_key
  FROM (SELECT DISTINCT f.flow_id FROM pg_temp.flow_rule f WHERE f.is_changed) f
  JOIN kpi.claim c ON c.customer_id = CAST(:customer_id AS int) AND c.flow_id = f.flow_id
  UNION
  SELECT v.flow_id, v.due_at, v.run_system_id, v.transaction_key, v.object_type, v.source_key
  FROM kpi.verification v
  WHERE v.customer_id = CAST(:customer_id AS int)
    AND (CAST(:since AS timestamptz) IS NULL
      OR v.verdict = 'not_checked' AND v.reason IN ('pending', 'not_read', 'quarantined')
      OR v.flow_id IN (SELECT f.flow_id FROM pg_temp.flow_rule f WHERE f.is_changed)
      OR v.flow_id IN (
        SELECT w.flow_id FROM kpi.verified_flow w
        LEFT JOIN pg_temp.flow_rule f ON f.flow_id = w.flow_id AND f.object_type = w.object_type
        WHERE w.customer_id = CAST(:customer_id AS int) AND f.flow_id IS NULL))
  UNION
  SELECT v.flow_id, v.due_at, v.run_system_id, v.transaction_key, v.object_type, v.source_key
  FROM run r
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.run_system_id = r.system_id AND v.external_id = r.external_id
  UNION
  SELECT v.flow_id, v.due_at, v.run_system_id, v.transaction_key, v.object_type, v.source_key
  FROM source s
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.source_system_id = s.system_id AND v.source_type = s.object_type
    AND v.source_id = s.source_id
  UNION
  SELECT v.flow_id, v.due_at, v.run_system_id, v.transaction_key, v.object_type, v.source_key
  FROM changed c
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.target_system_id = c.system_id AND v.target_type = c.object_type
    AND v.target_id = c.source_id
  UNION
  SELECT v.flow_id, v.due_at, v.run_system_id, v.transaction_key, v.object_type, v.source_key
  FROM kpi.verification v
  JOIN changed c ON c.system_id = v.target_system_id AND c.object_type = v.target_type AND c.source_id = ANY (v.other_ids)
  WHERE v.customer_id = CAST(:customer_id AS int) AND v.other_ids <> '{}'
  UNION
  SELECT v.flow_id, v.due_at, v.run_system_id, v.transaction_key, v.object_type, v.source_key
  FROM key k
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.record_key = k.name
  UNION
  SELECT v.flow_id, v.due_at, v.run_system_id, v.transaction_key, v.object_type, v.source_key
  FROM pg_temp.flow_rule f
  CROSS JOIN key k
  JOIN kpi.verification v ON v.customer_id = CAST(:customer_id AS int) AND v.target_system_id = f.target_system_id AND v.target_type = f.target_type
    AND v.target_key = k.name
)
INSERT INTO pg_temp.claim_key (flow_id, due_at, run_system_id, transaction_key, object_type, source_key)
SELECT l.flow_id, l.due_at, l.run_system_id, l.transaction_key, l.object_type, l.source_key
FROM listed l
-- records that nobody claims are listed by themselves
WHERE l.transaction_key <> ''
