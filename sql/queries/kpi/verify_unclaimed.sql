-- Records that the target holds and no run says it wrote; only where the runs of a flow name their records, and from its first claim on.
-- grain:   one row of kpi.verification per record
-- params:  customer_id int; now timestamptz
-- columns: rows written; verdict waiting: the runs have not been read so far
-- source:  product.md I1; only kinds that the flow makes. A record without a time of its own, below another, or that a suggestion names is not told
WITH
flow AS (
  SELECT DISTINCT ON (f.target_system_id, f.target_type)
    f.flow_id, f.target_system_id, f.target_type, f.run_windows, c.due_at AS first_at
  FROM (SELECT DISTINCT f.flow_id, f.target_system_id, f.target_type, f.run_windows FROM pg_temp.flow_rule f WHERE f.is_made) f
  CROSS JOIN LATERAL (
    SELECT v.due_at FROM kpi.verification v
    WHERE v.customer_id = CAST(:customer_id AS int) AND v.flow_id = f.flow_id AND v.target_system_id = f.target_system_id
      AND v.target_type = f.target_type
      AND v.verdict NOT IN ('unclaimed', 'waiting', 'refused')
    ORDER BY v.due_at LIMIT 1
  ) c
  ORDER BY f.target_system_id, f.target_type, c.due_at, f.flow_id
)
INSERT INTO kpi.verification (
  customer_id, flow_id, due_at, run_system_id, transaction_key, object_type, source_key, external_id, claimed_at, record_key, verdict, broken_at,
  target_type, target_system_id, target_id, amount, currency, label, checked_at)
SELECT
  CAST(:customer_id AS int), f.flow_id, r.created_at, f.target_system_id, '', f.target_type, r.source_id, '', r.created_at,
  coalesce(kpi.plain_key(r.source_id), r.source_id), CASE WHEN k.is_known THEN 'unclaimed' ELSE 'waiting' END,
  CASE WHEN k.is_known THEN r.created_at END, f.target_type, f.target_system_id, r.source_id, r.amount, r.currency,
  coalesce(nullif(r.label, ''), r.source_id), CAST(:now AS timestamptz)
FROM pg_temp.target_seen t
JOIN flow f ON f.target_system_id = t.system_id AND f.target_type = t.object_type
CROSS JOIN LATERAL (
  SELECT r.*
  FROM kpi.record r
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = t.system_id AND r.object_type = t.object_type AND r.source_id = t.source_id
  OFFSET 0
) r
LEFT JOIN ops.flow_promise p ON p.customer_id = CAST(:customer_id AS int) AND p.flow_id = f.flow_id
  AND p.valid_from <= r.created_at AND r.created_at < p.valid_to
CROSS JOIN LATERAL (
  SELECT f.run_windows @> tstzrange(r.created_at, r.created_at + make_interval(secs => coalesce(p.deadline_seconds, 0)), '[]') AS is_known
) k
WHERE r.gone_at = 'infinity' AND NOT r.is_part AND r.created_at >= f.first_at
  AND NOT EXISTS (
    SELECT FROM kpi.verification v
    WHERE v.customer_id = CAST(:customer_id AS int) AND v.target_system_id = t.system_id AND v.target_type = t.object_type
      AND v.target_id = t.source_id AND v.verdict <> 'refused')
  AND NOT EXISTS (
    SELECT FROM kpi.verification v
    WHERE v.customer_id = CAST(:customer_id AS int) AND v.other_ids <> '{}' AND v.target_system_id = t.system_id
      AND v.target_type = t.object_type AND t.source_id = ANY (v.other_ids))
  AND NOT EXISTS (
    SELECT FROM biz.xref x
    WHERE x.customer_id = CAST(:customer_id AS int) AND x.right_system_id = t.system_id AND x.right_id = t.source_id AND x.valid_to = 'infinity'
      AND x.confidence >= 0.50 AND x.confidence < 0.90)
