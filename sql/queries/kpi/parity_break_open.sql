-- Notes the breaks in the ranges that were compared that were not open before.
-- grain:   one row of kpi.parity_break per record that is broken and has no open break
-- params:  customer_id int; now timestamptz
-- columns: rows written
-- source:  kpi.parity. Those that were there when a range was compared the first time, or by other rules, are watched from then on only: of those
--          like them that had healed before, nobody knows
WITH
found AS (
  SELECT
    k.*, k.source_id = '' AS is_target, CASE WHEN k.source_id = '' THEN k.target_id ELSE k.source_id END AS record_id,
    least(p.read_until, CAST(:now AS timestamptz)) AS read_until,
    EXISTS (
      SELECT FROM kpi.parity_range o
      WHERE o.customer_id = CAST(:customer_id AS int) AND o.flow_id = k.flow_id AND o.range_no = k.range_no AND o.config = p.config) AS is_again
  FROM pg_temp.range_changed r
  JOIN pg_temp.pair p ON p.flow_id = r.flow_id
  CROSS JOIN LATERAL (
    SELECT k.*
    FROM kpi.parity k
    WHERE k.customer_id = CAST(:customer_id AS int) AND k.flow_id = r.flow_id AND k.range_no = r.range_no
      AND k.cell IN ('different', 'source_only', 'target_only')
    OFFSET 0
  ) k
)
INSERT INTO kpi.parity_break AS b (
  customer_id, flow_id, is_target, record_id, opened_at, watched_from, cell, compared_to, range_no, source_type, source_system_id, target_type,
  target_system_id, amount, currency, label)
SELECT
  CAST(:customer_id AS int), f.flow_id, f.is_target, f.record_id, v.opened_at,
  CASE WHEN f.is_again THEN v.opened_at ELSE greatest(v.opened_at, f.read_until) END, f.cell, f.read_until, f.range_no, f.source_type,
  f.source_system_id, f.target_type, f.target_system_id, CASE WHEN m.currency IS NOT NULL THEN coalesce(f.source_amount, f.target_amount) END,
  m.currency, f.label
FROM found f
CROSS JOIN LATERAL (
  SELECT CASE WHEN coalesce(f.source_currency = f.target_currency, true) THEN coalesce(f.source_currency, f.target_currency) END AS currency
) m
LEFT JOIN LATERAL (
  SELECT max(o.ended_at) AS ended_at, coalesce(bool_or(o.ended_at IS NULL), false) AS is_open
  FROM kpi.parity_break o
  WHERE o.customer_id = CAST(:customer_id AS int) AND o.flow_id = f.flow_id AND o.is_target = f.is_target AND o.record_id = f.record_id
) e ON true
CROSS JOIN LATERAL (SELECT greatest(f.broken_at, e.ended_at) AS opened_at) v
WHERE NOT e.is_open
ON CONFLICT (customer_id, flow_id, is_target, record_id, opened_at)  -- it had not healed after all
DO UPDATE SET ended_at = NULL, how = NULL, cell = excluded.cell, compared_to = excluded.compared_to, range_no = excluded.range_no
