  -- The project and the practice of what is in trouble (before a SELECT; left out where a figure is not split).
  -- expects: in_trouble (customer_id, exception_id, subject_type, system_id, subject_id, flow_id, occurred_at, …), one row per transaction or record and
  --          cause; parameters customer_ids, until, as_of
  -- gives:   in_trouble, the same rows with project, practice (fragment record_place), in place of those: joined to themselves they would be a loop
  -- source:  [ours] a transaction is of the record that its run names; a project in a run's words is the deal's
  WITH
  said AS MATERIALIZED (
    SELECT o.*, CASE r.object_type WHEN 'project' THEN 'opportunity' ELSE r.object_type END AS said_type, upper(trim(r.object_key)) AS said_key
    FROM in_trouble o
-- include: run_names
  ),
  trouble AS MATERIALIZED (
    SELECT DISTINCT s.customer_id, s.said_type AS object_type, s.said_key AS object_key
    FROM said s
    WHERE s.said_key IS NOT NULL
  ),
-- include: named_record
-- include: place_known
  ,
  in_trouble AS MATERIALIZED (
    SELECT o.*, place.project, place.practice
    FROM said o
    LEFT JOIN meant n ON n.customer_id = o.customer_id AND n.object_type = o.said_type AND n.key = o.said_key AND n.said_system = 0
    CROSS JOIN LATERAL (
      -- COALESCE would do, but behind a policy no index is asked for it
      SELECT
        o.customer_id, CASE WHEN n.object_id IS NULL THEN o.system_id ELSE n.system_id END AS system_id,
        CASE WHEN n.object_id IS NULL THEN o.subject_type ELSE n.object_type END AS object_type,
        CASE WHEN n.object_id IS NULL THEN o.subject_id ELSE n.object_id END AS object_id
    ) x
-- include: record_place
  )
