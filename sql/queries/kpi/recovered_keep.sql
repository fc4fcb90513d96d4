-- Writes down records that came out of trouble for the first time: what detection had seen open is cleared by what was read since.
-- grain:   one row of kpi.recovered per record that nothing holds any more; a record that is in it already stays as it is
-- params:  customer_ids int[]
-- columns: rows written
-- source:  product.md I12. Not recovered: what was lost, deleted, cancelled or written off, and what was over before it was seen here. Work and
--          the invoice it is on count once: what came first counts. pg_temp.touched tells whose occurrences changed
WITH
ended AS MATERIALIZED (
  SELECT o.*
  FROM pg_temp.touched t
  JOIN ops.exception_occurrence o ON o.customer_id = t.customer_id AND o.exception_id = t.exception_id
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.found_at < o.cleared_at AND o.occurred_at < o.cleared_at
    AND o.subject_type IN ('transaction', 'opportunity', 'contract', 'project', 'time_entry', 'expense', 'milestone', 'invoice')
    AND NOT EXISTS (
      SELECT FROM kpi.recovered r
      WHERE r.customer_id = o.customer_id AND r.object_type = o.subject_type AND r.system_id = o.system_id AND r.object_id = o.subject_id)
),
-- with the transactions that still are in trouble: a record that one of them is about is not out of it
trouble AS MATERIALIZED (
  SELECT
    o.customer_id, CASE WHEN o.subject_type = 'transaction' THEN r.object_type ELSE o.subject_type END AS object_type,
    CASE WHEN o.subject_type <> 'transaction' THEN o.system_id END AS system_id,
    CASE WHEN o.subject_type = 'transaction' THEN r.object_key ELSE o.subject_id END AS object_key,
    o.exception_id, o.found_as, o.found_at, o.cleared_at, o.amount, CAST(o.currency AS text) AS currency,
    coalesce(o.message, '') LIKE 'estimated%' AS is_estimated, CASE WHEN o.subject_type = 'transaction' THEN o.flow_id END AS flow_id
  FROM (
    SELECT e.* FROM ended e
    UNION ALL
    SELECT o.*
    FROM ops.exception_occurrence o
    WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.subject_type = 'transaction' AND o.cleared_at IS NULL
      AND EXISTS (SELECT FROM ended)
  ) o
-- include: run_names
  WHERE o.subject_type <> 'transaction' OR r.object_type IN ('opportunity', 'project', 'time_entry', 'expense', 'milestone', 'invoice')
),
-- include: named_record
,
held AS (
  SELECT
    t.*, coalesce(n.object_type, t.object_type) AS record_type, coalesce(n.system_id, t.system_id) AS record_system_id,
    coalesce(n.object_id, t.object_key) AS record_id, n.amount AS worth, n.currency AS worth_in
  FROM trouble t
-- include: trouble_record
  WHERE t.customer_id IS NOT NULL
),
freed AS MATERIALIZED (
  SELECT
    h.customer_id, h.record_type, h.record_system_id, h.record_id, max(h.cleared_at) AS recovered_at, min(h.found_at) AS found_at,
    (array_agg(h.exception_id ORDER BY h.cleared_at DESC, h.exception_id))[1] AS exception_id,
    array_agg(DISTINCT h.exception_id) || array_agg(DISTINCT h.found_as) FILTER (WHERE h.found_as IS NOT NULL) AS exception_ids,
    (array_agg(h.flow_id ORDER BY h.cleared_at DESC))[1] AS flow_id,
    -- the largest that was told of it, else what the record itself is worth
    (array_agg(h.amount ORDER BY h.amount DESC) FILTER (WHERE h.amount IS NOT NULL AND h.currency IS NOT NULL))[1] AS told,
    (array_agg(h.currency ORDER BY h.amount DESC) FILTER (WHERE h.amount IS NOT NULL AND h.currency IS NOT NULL))[1] AS told_in,
    (array_agg(h.is_estimated ORDER BY h.amount DESC) FILTER (WHERE h.amount IS NOT NULL AND h.currency IS NOT NULL))[1] AS is_estimated,
    CASE WHEN min(h.worth_in) IS NOT NULL THEN min(h.worth) END AS worth, min(h.worth_in) AS worth_in
  FROM held h
  WHERE h.record_system_id IS NOT NULL
  GROUP BY h.customer_id, h.record_type, h.record_system_id, h.record_id
  HAVING bool_and(h.cleared_at IS NOT NULL)
),
sound AS (
  SELECT f.*
  FROM freed f
  WHERE NOT EXISTS (
      SELECT FROM ops.exception_occurrence o
      WHERE o.customer_id = f.customer_id AND o.subject_type = f.record_type AND o.system_id = f.record_system_id AND o.subject_id = f.record_id
        AND o.cleared_at IS NULL)
    AND CASE f.record_type
      WHEN 'opportunity' THEN EXISTS (
        SELECT FROM biz.opportunity p
        WHERE p.customer_id = f.customer_id AND p.system_id = f.record_system_id AND p.source_id = f.record_id AND p.is_won AND p.deleted_at IS NULL)
      WHEN 'project' THEN EXISTS (
        SELECT FROM biz.project p
        WHERE p.customer_id = f.customer_id AND p.system_id = f.record_system_id AND p.source_id = f.record_id AND p.deleted_at IS NULL)
      WHEN 'contract' THEN EXISTS (
        SELECT FROM biz.contract k
        WHERE k.customer_id = f.customer_id AND k.system_id = f.record_system_id AND k.source_id = f.record_id AND k.deleted_at IS NULL)
      WHEN 'milestone' THEN EXISTS (
        SELECT FROM biz.milestone m
        WHERE m.customer_id = f.customer_id AND m.system_id = f.record_system_id AND m.source_id = f.record_id AND m.deleted_at IS NULL)
      WHEN 'invoice' THEN EXISTS (
        SELECT FROM biz.invoice i
        WHERE i.customer_id = f.customer_id AND i.system_id = f.record_system_id AND i.source_id = f.record_id AND i.deleted_at IS NULL
          AND i.voided_at IS NULL AND i.state NOT IN ('void', 'credited'))
      ELSE EXISTS (
        SELECT FROM kpi.work w
        WHERE w.customer_id = f.customer_id AND w.system_id = f.record_system_id AND w.item_type = f.record_type AND w.item_id = f.record_id
          AND w.leaves_at = 'infinity')
    END
),
counted_invoice AS (
  SELECT r.customer_id, r.system_id, r.object_id FROM kpi.recovered r
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.object_type = 'invoice' AND EXISTS (SELECT FROM sound)
  UNION
  SELECT s.customer_id, s.record_system_id, s.record_id FROM sound s WHERE s.record_type = 'invoice'
),
counted_work AS (
  SELECT w.customer_id, w.system_id, w.phase_invoice
  FROM kpi.recovered r
  JOIN kpi.work w ON w.customer_id = r.customer_id AND w.system_id = r.system_id AND w.item_type = r.object_type AND w.item_id = r.object_id
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.object_type IN ('time_entry', 'expense')
    AND EXISTS (SELECT FROM sound s WHERE s.record_type = 'invoice')
)
INSERT INTO kpi.recovered (
  customer_id, object_type, system_id, object_id, recovered_at, found_at, exception_id, exception_ids, flow_id, amount, currency, is_estimated)
SELECT
  s.customer_id, s.record_type, s.record_system_id, s.record_id, s.recovered_at, s.found_at, s.exception_id, s.exception_ids, s.flow_id,
  coalesce(s.told, s.worth), CASE WHEN s.told IS NOT NULL THEN s.told_in ELSE s.worth_in END, coalesce(s.is_estimated, false)
FROM sound s
WHERE NOT (s.record_type = 'invoice' AND EXISTS (
    SELECT FROM counted_work w
    WHERE w.customer_id = s.customer_id AND w.system_id = s.record_system_id AND s.record_id = ANY (w.phase_invoice)))
  AND NOT (s.record_type IN ('time_entry', 'expense') AND EXISTS (
    SELECT
    FROM kpi.work w
    JOIN counted_invoice i ON i.customer_id = w.customer_id AND i.system_id = w.system_id AND i.object_id = ANY (w.phase_invoice)
    WHERE w.customer_id = s.customer_id AND w.system_id = s.record_system_id AND w.item_type = s.record_type AND w.item_id = s.record_id))
ON CONFLICT (customer_id, object_type, system_id, object_id) DO NOTHING
