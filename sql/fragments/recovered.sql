-- Records that came out of trouble in the period, each once, and what may be said of them.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   recovered, one row per record of kpi.recovered: standing text (ours; theirs: the customer told of it first; again: it is in trouble
--          again; not_proven: a run says that it went well, and the two systems have not been compared since), rule, flow_key text
-- source:  product.md I12: counted once, at the first time; nothing on the word of a run log. What happens later is not seen from before it
recovered_look AS (
  SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
),
recovered AS MATERIALIZED (
  SELECT
    r.*, e.rule, f.key AS flow_key,
    CASE
      WHEN EXISTS (
        SELECT FROM ops.exception_occurrence o
        WHERE o.customer_id = r.customer_id AND o.subject_type = r.object_type AND o.system_id = r.system_id AND o.subject_id = r.object_id
          AND o.occurred_at < l.at AND o.cleared_at IS DISTINCT FROM o.occurred_at AND coalesce(o.cleared_at >= l.at, true)
          -- an occurrence tells of its last trouble only: whether it had come back by then, its exception tells
          AND (o.occurred_at > r.recovered_at OR o.cleared_at IS NULL AND l.at > kpi.as_of() OR EXISTS (
            SELECT FROM ops.exception_event b
            WHERE b.customer_id = o.customer_id AND b.exception_id = o.exception_id AND b.kind = 'reopened' AND b.at > r.recovered_at AND b.at < l.at))
      ) THEN 'again'
      WHEN r.flow_id IS NOT NULL AND v.verdict IS DISTINCT FROM 'confirmed' THEN 'not_proven'
      WHEN EXISTS (
        SELECT FROM ops.exception x
        WHERE x.customer_id = r.customer_id AND x.exception_id = ANY (r.exception_ids) AND x.found_by = 'customer') THEN 'theirs'
      ELSE 'ours'
    END AS standing
  FROM recovered_look l
  JOIN kpi.recovered r ON r.recovered_at >= CAST(:since AS timestamptz) AND r.recovered_at < l.at
  JOIN ops.exception e ON e.customer_id = r.customer_id AND e.exception_id = r.exception_id
  LEFT JOIN ops.flow f ON f.customer_id = r.customer_id AND f.flow_id = coalesce(r.flow_id, e.flow_id)
  LEFT JOIN LATERAL (
    SELECT v.verdict
    FROM kpi.verification v
    WHERE r.flow_id IS NOT NULL AND v.customer_id = r.customer_id AND v.source_system_id = r.system_id AND v.source_type = r.object_type
      AND v.source_id = r.object_id AND v.flow_id = r.flow_id AND v.verdict NOT IN ('waiting', 'unclaimed') AND v.claimed_at < l.at
    ORDER BY v.claimed_at DESC, v.due_at DESC
    LIMIT 1
  ) v ON true
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[]))
)
