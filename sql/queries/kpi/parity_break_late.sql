-- Notes the breaks that healed before anybody looked: the target is there and equal, and was made after it was due.
-- grain:   one row of kpi.parity_break per record whose target came too late, in the ranges that were compared
-- params:  customer_id int; now timestamptz
-- columns: rows written
-- source:  pg_temp.source_side, target_side; where the target's system does not tell when a record was made, nobody knows; nor where nothing is promised
INSERT INTO kpi.parity_break (
  customer_id, flow_id, is_target, record_id, opened_at, watched_from, ended_at, how, cell, compared_to, range_no, source_type, source_system_id,
  target_type, target_system_id, amount, currency, label)
SELECT
  CAST(:customer_id AS int), s.flow_id, false, s.source_id, d.due_at, d.due_at, t.created_at, 'healed', 'source_only',
  least(p.read_until, CAST(:now AS timestamptz)), s.range_no, p.source_type, p.source_system_id, p.target_type, p.target_system_id, s.amount, s.currency,
  k.label
FROM pg_temp.pair p
JOIN pg_temp.range_changed g ON g.flow_id = p.flow_id
JOIN pg_temp.target_side t ON t.flow_id = g.flow_id AND t.range_no = g.range_no
JOIN pg_temp.source_side s ON s.flow_id = t.flow_id AND s.source_id = t.of_id
CROSS JOIN LATERAL (
  SELECT CASE WHEN p.calendar_id IS NULL THEN s.at + make_interval(secs => p.deadline_seconds)
    ELSE kpi.business_deadline(CAST(:customer_id AS int), p.calendar_id, s.at, p.deadline_seconds) END AS due_at
  OFFSET 0
) d
JOIN kpi.parity k ON k.customer_id = CAST(:customer_id AS int) AND k.flow_id = s.flow_id AND k.range_no = s.range_no AND k.source_id = s.source_id
  AND k.target_id = t.source_id AND k.cell = 'equal'
WHERE p.deadline_seconds > 0 AND t.created_at > s.at + make_interval(secs => p.deadline_seconds) AND t.created_at > d.due_at
  AND NOT EXISTS (
    SELECT FROM kpi.parity_break b
    WHERE b.customer_id = CAST(:customer_id AS int) AND b.flow_id = s.flow_id AND NOT b.is_target AND b.record_id = s.source_id
      AND b.opened_at < t.created_at AND coalesce(b.ended_at >= d.due_at, true))
ON CONFLICT DO NOTHING
