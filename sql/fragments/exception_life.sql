-- Every transaction or record in trouble, from when it began until it was cleared or waived.
-- expects: look (customer_id int, at timestamptz), one row per customer: what happened at `at` or later has not happened; param customer_ids
-- gives:   life, one row per transaction or record and cause that had begun by then: occurred_at, ended_at timestamptz (null: open), cause
--          (1 cleared, 2 waived by a person, 0 open), rule, class text, severity int, flow_id, system_id, subject_id, title, amount, currency;
--          exception_read, one row per customer into whose queue anything has ever been looked
-- source:  metrics.md A13; ops.exception_occurrence and the states in ops.exception_event. Cleared in the instant it began: it was none
-- include: queue_state
,
life AS MATERIALIZED (
  SELECT
    o.customer_id, o.exception_id, o.system_id, o.subject_type, o.subject_id, o.flow_id, o.occurred_at, o.amount, CAST(o.currency AS text) AS currency,
    e.rule, e.class, e.severity, e.title,
    CASE WHEN o.cleared_at < l.at THEN o.cleared_at WHEN w.state = 'waived' THEN greatest(w.at, o.occurred_at) END AS ended_at,
    CASE WHEN o.cleared_at < l.at THEN 1 WHEN w.state = 'waived' THEN 2 ELSE 0 END AS cause
  FROM look l
  JOIN ops.exception_occurrence o ON o.customer_id = l.customer_id AND o.occurred_at < l.at
  JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id
  LEFT JOIN queue_state w ON w.customer_id = o.customer_id AND w.exception_id = o.exception_id
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.cleared_at IS DISTINCT FROM o.occurred_at
),
-- include: exception_read
