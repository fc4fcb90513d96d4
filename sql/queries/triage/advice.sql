-- What both systems hold of the open records of exceptions: whether sending one again would make it twice.
-- grain:   one row per open record of each exception, the latest first
-- params:  customer_ids int[]; exception_ids bigint[]; row_limit int (of each exception; null: all)
-- columns: exception_id bigint; subject_type, subject_id, object_type, verdict, reason, target_type, target_id text; other_ids text[]; differing jsonb;
--          is_there (the target holds it now), is_read (the target was read after the claim), has_key (there is something to find it by) boolean
-- source:  product.md I8; kpi.verification, kpi.verified_flow, kpi.record; the latest claim about a record counts; null: nobody claimed anything
WITH
subject AS (
  SELECT o.customer_id, o.exception_id, o.subject_type, o.system_id, o.subject_id, o.flow_id, o.occurred_at, e.object_type
  FROM ops.exception e
  CROSS JOIN LATERAL (
    SELECT o.*
    FROM ops.exception_occurrence o
    WHERE o.customer_id = e.customer_id AND o.exception_id = e.exception_id AND o.cleared_at IS NULL
    ORDER BY o.occurred_at DESC, o.subject_id
    LIMIT CAST(:row_limit AS int)
  ) o
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.exception_id = ANY (CAST(:exception_ids AS bigint[]))
),
-- include: latest_claim
SELECT
  c.exception_id, c.subject_type, c.subject_id, coalesce(c.claim_type, c.object_type) AS object_type, c.verdict, c.reason, c.target_type, c.target_id,
  coalesce(c.other_ids, '{}') AS other_ids, c.differing,
  EXISTS (
    SELECT FROM kpi.record t
    WHERE t.customer_id = c.customer_id AND t.system_id = c.target_system_id AND t.object_type = c.target_type AND t.source_id = c.target_id
      AND t.gone_at = 'infinity') AS is_there,
  EXISTS (
    SELECT FROM kpi.verified_flow f
    WHERE f.customer_id = c.customer_id AND f.flow_id = c.claim_flow_id AND f.object_type = c.claim_type AND f.read_until > c.claimed_at) AS is_read,
  c.target_key IS NOT NULL OR c.source_id IS NOT NULL AS has_key
FROM claimed c
ORDER BY c.exception_id, c.occurred_at DESC, c.subject_id
