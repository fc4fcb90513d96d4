-- The latest claim about each subject of an exception: the record that a run says it wrote, or could not write.
-- expects: subject (customer_id, system_id, flow_id int; subject_type, subject_id text; occurred_at timestamptz)
-- gives:   claimed, one row per row of subject with its columns and the claim's verdict, reason, source_type, source_id, target_type, target_id,
--          target_key text; source_system_id, target_system_id, claim_flow_id int; other_ids text[]; differing jsonb; claimed_at timestamptz;
--          claim_type text (null: nobody claimed anything)
-- source:  kpi.verification; a transaction is known by its run, anything else as the record that was to be written from
claimed AS (
  SELECT s.*, v.verdict, v.reason, v.source_type, v.source_system_id, v.source_id, v.target_type, v.target_system_id, v.target_id, v.target_key,
    v.other_ids, v.differing, v.claimed_at, v.flow_id AS claim_flow_id, v.object_type AS claim_type
  FROM subject s
  LEFT JOIN LATERAL (
    SELECT c.*
    FROM (
      SELECT v.* FROM kpi.verification v
      WHERE s.subject_type = 'transaction' AND v.customer_id = s.customer_id AND v.flow_id = s.flow_id AND v.due_at = s.occurred_at
        AND v.run_system_id = s.system_id AND v.transaction_key = s.subject_id
      UNION ALL
      SELECT v.* FROM kpi.verification v
      WHERE s.subject_type <> 'transaction' AND v.customer_id = s.customer_id AND v.source_system_id = s.system_id
        AND v.source_type = s.subject_type AND v.source_id = s.subject_id
    ) c
    WHERE c.verdict <> 'unclaimed'
    ORDER BY c.claimed_at DESC
    LIMIT 1
  ) v ON true
)
