-- The project and the practice of what is in trouble. It begins with a comma: where a figure is not split it is left out.
-- expects: in_trouble (customer_id, exception_id, subject_type, system_id, subject_id, flow_id, occurred_at), one row per transaction or record and
--          cause; parameters customer_ids, until, as_of
-- gives:   practice, called (fragment place_known); exception_place, one row per row of in_trouble: its key, project, practice (fragment record_place)
-- source:  [ours] a transaction is of the record that its run names; a project in a run's words is the deal's
,
trouble AS MATERIALIZED (
  SELECT o.customer_id, o.exception_id, o.system_id AS runs_system_id, o.subject_id, CAST(NULL AS int) AS system_id, r.object_type, r.object_key
  FROM in_trouble o
  CROSS JOIN LATERAL (
    SELECT CASE r.object_type WHEN 'project' THEN 'opportunity' ELSE r.object_type END AS object_type, r.object_key
    FROM raw.run r
    WHERE o.subject_type = 'transaction' AND r.customer_id = o.customer_id AND r.flow_id = o.flow_id AND r.due_at = o.occurred_at
      AND r.transaction_key = o.subject_id AND r.object_key IS NOT NULL
    LIMIT 1
  ) r
),
-- include: named_record
-- include: place_known
,
exception_place AS MATERIALIZED (
  SELECT o.customer_id, o.exception_id, o.subject_type, o.system_id, o.subject_id, place.project, place.practice
  FROM in_trouble o
  LEFT JOIN trouble t ON o.subject_type = 'transaction' AND t.customer_id = o.customer_id AND t.exception_id = o.exception_id
    AND t.runs_system_id = o.system_id AND t.subject_id = o.subject_id
  LEFT JOIN (
    SELECT DISTINCT ON (n.customer_id, n.object_type, n.key) n.customer_id, n.object_type, n.key, n.system_id, n.object_id
    FROM named n
    ORDER BY n.customer_id, n.object_type, n.key, n.system_id, n.object_id
  ) n ON n.customer_id = t.customer_id AND n.object_type = t.object_type AND n.key = upper(trim(t.object_key))
  CROSS JOIN LATERAL (
    SELECT o.customer_id, coalesce(n.system_id, o.system_id) AS system_id, coalesce(n.object_type, o.subject_type) AS object_type,
      coalesce(n.object_id, o.subject_id) AS object_id
  ) x
-- include: record_place
)
