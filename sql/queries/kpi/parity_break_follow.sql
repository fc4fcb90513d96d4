-- Follows the open breaks of the ranges that were compared again: healed, ended otherwise, or what they are now.
-- grain:   one row of kpi.parity_break per open break that was compared again
-- params:  customer_id int; now timestamptz
-- columns: rows written
-- source:  kpi.parity as it was written just now. A break ended when one of its two records was written, where that was after it was compared last;
--          else a link or a rule ended it, and it ended when both had been read
WITH
last AS MATERIALIZED (
  SELECT
    b.flow_id, b.is_target, b.record_id, b.opened_at, b.range_no, b.compared_to, b.source_system_id, b.source_type, b.target_system_id,
    b.target_type, p.flow_id IS NOT NULL AS is_compared, least(p.read_until, CAST(:now AS timestamptz)) AS read_until,
    NOT EXISTS (
      SELECT FROM kpi.parity_range k
      WHERE k.customer_id = CAST(:customer_id AS int) AND k.flow_id = b.flow_id AND k.range_no = b.range_no AND k.config <> p.config) AS is_as_agreed
  FROM kpi.parity_break b
  LEFT JOIN pg_temp.pair p ON p.flow_id = b.flow_id
  WHERE b.customer_id = CAST(:customer_id AS int) AND b.ended_at IS NULL
    AND (p.flow_id IS NULL OR EXISTS (SELECT FROM pg_temp.range_changed r WHERE r.flow_id = b.flow_id AND r.range_no = b.range_no))
),
placed AS MATERIALIZED (
  SELECT l.*, k.cell, k.source_id, k.target_id, k.range_no AS range_now
  FROM last l
  LEFT JOIN pg_temp.home h ON l.is_target AND h.flow_id = l.flow_id AND h.target_id = l.record_id
  LEFT JOIN LATERAL (
    SELECT k.cell, k.source_id, k.target_id, k.range_no
    FROM kpi.parity k
    WHERE NOT l.is_target AND k.customer_id = CAST(:customer_id AS int) AND k.flow_id = l.flow_id AND k.range_no = l.range_no
      AND k.source_id = l.record_id
    UNION ALL
    -- a target belongs to the range of its source, else to one of its own
    SELECT k.cell, k.source_id, k.target_id, k.range_no
    FROM kpi.parity k
    WHERE l.is_target AND k.customer_id = CAST(:customer_id AS int) AND k.flow_id = l.flow_id
      AND k.range_no IN (l.range_no, h.range_no, kpi.key_range('target ' || l.record_id))
      AND k.source_id IN ('', h.source_id) AND k.target_id = l.record_id
    LIMIT 1
  ) k ON true
),
written AS MATERIALIZED (
  SELECT
    p.*, (p.is_target AND w.is_gone) AS is_taken_away,
    CASE WHEN w.changed_at > p.compared_to AND w.changed_at < p.read_until THEN w.changed_at END AS changed_at
  FROM placed p
  LEFT JOIN LATERAL (
    SELECT
      max(greatest(r.version_at, r.created_at, nullif(r.gone_at, 'infinity'))) AS changed_at,
      bool_or(o.is_target AND r.gone_at < 'infinity') AS is_gone
    FROM (VALUES
      (false, p.source_system_id, p.source_type, CASE WHEN p.is_target THEN p.source_id ELSE p.record_id END),
      (true, p.target_system_id, p.target_type, CASE WHEN p.is_target THEN p.record_id ELSE p.target_id END)
    ) o (is_target, system_id, object_type, id)
    CROSS JOIN LATERAL (
      SELECT r.version_at, r.created_at, r.gone_at
      FROM kpi.record r
      WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = o.system_id AND r.object_type = o.object_type AND r.source_id = o.id
      OFFSET 0
    ) r
    WHERE p.is_compared AND coalesce(p.cell = 'equal', true)
  ) w ON true
),
judged AS (
  SELECT
    w.*,
    CASE
      WHEN NOT w.is_compared THEN 'not compared'
      WHEN w.cell = 'equal' THEN CASE WHEN w.is_as_agreed OR w.changed_at IS NOT NULL THEN 'healed' ELSE 'agreed otherwise' END
      -- it is a break of its source since
      WHEN w.is_target AND w.source_id <> '' AND w.cell = 'different' THEN 'matched'
      WHEN w.cell IS NULL AND w.is_taken_away THEN 'healed'
      WHEN w.cell IS NULL THEN 'not owed'
    END AS how
  FROM written w
)
UPDATE kpi.parity_break b
SET how = j.how,
  ended_at = CASE WHEN j.how IS NOT NULL THEN greatest(b.opened_at, coalesce(j.changed_at, j.read_until, CAST(:now AS timestamptz))) END,
  compared_to = coalesce(j.read_until, b.compared_to), range_no = coalesce(j.range_now, b.range_no),
  cell = CASE WHEN j.cell IN ('different', 'source_only', 'target_only') AND j.how IS NULL THEN j.cell ELSE b.cell END
FROM judged j
WHERE b.customer_id = CAST(:customer_id AS int) AND b.flow_id = j.flow_id AND b.is_target = j.is_target AND b.record_id = j.record_id
  AND b.opened_at = j.opened_at
