-- Records that the log says were written and that the target does not hold as it should, or that it holds and no run says it wrote.
-- grain:   one row of pg_temp.candidate per flow and record; what a missing project is told for already is not told again
-- params:  customer_ids int[]
-- columns: rule verification_break, or made_by_hand for what no run says it wrote; began when the record broke; at risk is the record's value, or by how much an amount differs
-- source:  kpi.verification; what is no longer told of is cleared by kpi/detect_gone
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, flow_id, flow_name, system_id, object_type, object_key, title, detail, severity, subject_type,
  subject_system_id, subject_id, occurred_at, amount, currency)
SELECT DISTINCT ON (v.customer_id, k.fingerprint, s.subject_type, s.system_id, s.subject_id)
  v.customer_id, k.rule, 'business', k.fingerprint, v.flow_id, f.name, v.target_system_id, v.target_type, NULL,
  f.name || ': ' || replace(v.target_type, '_', ' ') || CASE v.verdict
    WHEN 'missing' THEN ' that the log says was written is not there'
    WHEN 'duplicate' THEN ' is there twice'
    WHEN 'stale' THEN ' holds an older version'
    WHEN 'unclaimed' THEN ' that no run says it wrote'
    ELSE ' differs in ' || k.fields
  END,
  CASE v.verdict WHEN 'unclaimed' THEN 'Found in the target; the run log says nothing of it.'
                 ELSE 'Found by comparing both systems; the run log says that all is well.' END,
  CASE v.verdict WHEN 'missing' THEN 2 WHEN 'duplicate' THEN 2 WHEN 'unclaimed' THEN 4 ELSE 3 END,
  s.subject_type, s.system_id, s.subject_id, v.broken_at, m.amount, CASE WHEN m.amount IS NOT NULL THEN v.currency END
FROM kpi.verification v
JOIN ops.flow f ON f.customer_id = v.customer_id AND f.flow_id = v.flow_id AND f.removed_at IS NULL
CROSS JOIN LATERAL (
  SELECT
    CASE WHEN v.source_id IS NOT NULL THEN v.source_type WHEN v.verdict = 'unclaimed' THEN v.target_type ELSE 'record' END AS subject_type,
    CASE WHEN v.source_id IS NOT NULL THEN v.source_system_id ELSE v.run_system_id END AS system_id,
    coalesce(v.source_id, v.source_key) AS subject_id
) s
CROSS JOIN LATERAL (
  SELECT d.fields, r.rule, concat_ws(':', r.rule, v.flow_id, v.verdict, CASE WHEN v.verdict = 'different' THEN d.fields END) AS fingerprint
  FROM (SELECT string_agg(replace(x.key, '_', ' '), ', ' ORDER BY x.key) AS fields FROM jsonb_each(v.differing) x) d
  CROSS JOIN LATERAL (SELECT CASE v.verdict WHEN 'unclaimed' THEN 'made_by_hand' ELSE 'verification_break' END AS rule) r
) k
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN v.currency IS NULL OR v.verdict = 'unclaimed' THEN NULL
    WHEN v.verdict IN ('different', 'stale') AND v.differing ? 'amount'
      THEN abs(CAST(v.differing -> 'amount' ->> 0 AS numeric) - CAST(v.differing -> 'amount' ->> 1 AS numeric))
    ELSE v.amount
  END AS amount
) m
WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.verdict IN ('missing', 'stale', 'different', 'duplicate', 'unclaimed')
  AND NOT EXISTS (
    SELECT FROM pg_temp.candidate c
    WHERE c.customer_id = v.customer_id AND c.rule = 'failed_project_creation' AND c.subject_type = s.subject_type AND c.subject_system_id = s.system_id
      AND c.subject_id = s.subject_id AND c.cleared_at IS NULL)
ORDER BY v.customer_id, k.fingerprint, s.subject_type, s.system_id, s.subject_id, v.broken_at
