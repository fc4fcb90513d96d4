-- Records in trouble that are in it no longer: nobody tells of them any more.
-- grain:   one row of ops.exception_occurrence per subject of a rule that looks at all its open subjects every time
-- params:  customer_ids int[]; checks text[] (rules of the house); failed text[] (customer and own rule that could not be evaluated);
--          partly text[] (customer and own rule that looked at some of its records); unlooked int[] (customers whose rules of the house did not look);
--          since (rules of the house and days look no further back), now timestamptz
-- columns: rows written (touched)
-- source:  pg_temp.candidate
WITH
gone AS (
  UPDATE ops.exception_occurrence o
  SET cleared_at = greatest(CAST(:now AS timestamptz), o.occurred_at)
  FROM ops.exception e
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.cleared_at IS NULL AND o.subject_type <> 'transaction'
    AND e.customer_id = o.customer_id AND e.exception_id = coalesce(o.found_as, o.exception_id)
    AND (e.rule IN ('failed_project_creation', 'expectation_overdue', 'verification_break', 'made_by_hand', 'unmatched_record',
                    'unbilled_time', 'record_quarantined', 'stream_failing', 'stream_stale')
      OR (e.rule = 'missing_time' OR e.rule = ANY (CAST(:checks AS text[])) AND e.customer_id <> ALL (CAST(:unlooked AS int[])))
        AND o.occurred_at >= CAST(:since AS timestamptz)
      OR e.rule LIKE 'own:%' AND e.customer_id || ' ' || e.rule <> ALL (CAST(:failed AS text[]))
        AND (e.customer_id || ' ' || e.rule <> ALL (CAST(:partly AS text[]))
          OR EXISTS (
            SELECT FROM pg_temp.looked l
            WHERE l.customer_id = o.customer_id AND l.rule = e.rule AND l.subject_type = o.subject_type AND l.subject_system_id = o.system_id
              AND l.subject_id = o.subject_id)))
    AND NOT EXISTS (
      SELECT FROM pg_temp.candidate t
      WHERE t.customer_id = o.customer_id AND t.subject_type = o.subject_type AND t.subject_system_id = o.system_id
        AND t.subject_id = o.subject_id AND t.exception_id = o.exception_id)
  RETURNING o.customer_id, o.exception_id
)
INSERT INTO pg_temp.touched (customer_id, exception_id)
SELECT DISTINCT g.customer_id, g.exception_id
FROM gone g
ON CONFLICT DO NOTHING
