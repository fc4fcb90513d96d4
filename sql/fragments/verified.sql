-- Records that runs claim to have written in a period, each with its verdict, and records that no run claims.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   verified, one row per flow and record; of several claims about one record the last: outcome (a verdict of kpi.verification; refused:
--          the log itself says that it was not written), object_type (what was written, "(not told)" where the log does not say), due_at, …
--          Seen from an earlier instant, what broke later is confirmed still
-- source:  kpi.verification, found by metrics.verify
verified_now AS (SELECT coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) AS at),
verified AS MATERIALIZED (
  SELECT DISTINCT ON (v.customer_id, v.flow_id, k.object_type, k.record, v.verdict = 'unclaimed')
    v.customer_id, v.flow_id, v.due_at, v.run_system_id, v.transaction_key, v.external_id, v.source_key, v.source_system_id, v.source_id,
    v.target_system_id, v.target_key, v.target_id, v.other_ids, v.differing, v.reason, v.claimed_at, v.amount, CAST(v.currency AS text) AS currency,
    v.label, v.broken_at, k.object_type,
    CASE WHEN v.verdict IN ('missing', 'stale', 'different', 'duplicate') AND v.broken_at > n.at THEN 'confirmed' ELSE v.verdict END AS outcome
  FROM kpi.verification v
  CROSS JOIN verified_now n
  CROSS JOIN LATERAL (
    SELECT coalesce(v.target_type, nullif(v.object_type, ''), '(not told)') AS object_type, coalesce(v.source_id, v.record_key) AS record
  ) k
  WHERE v.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND v.due_at >= CAST(:since AS timestamptz) AND v.due_at < CAST(:until AS timestamptz) AND v.due_at <= n.at AND v.claimed_at <= n.at
    AND v.verdict <> 'waiting'
  ORDER BY v.customer_id, v.flow_id, k.object_type, k.record, v.verdict = 'unclaimed', v.verdict = 'refused', v.claimed_at DESC, v.transaction_key
)
