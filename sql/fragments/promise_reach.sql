-- How far back work may have been due whose promised deadline comes at or after an instant.
-- expects: reach_at (customer_id int, at timestamptz), one row per customer; param customer_ids int[]
-- gives:   promise_reach, one row per promise: customer_id, flow_id, valid_from, valid_to, is_scheduled, due_from timestamptz (nothing that was
--          due before it can have its deadline later than `at`; -infinity: the calendar is not filled that far)
-- source:  ops.flow_promise; business time: metrics.md 4.6, the look-up of kpi.transaction the other way round
promise_reach AS MATERIALIZED (
  SELECT
    p.customer_id, p.flow_id, p.valid_from, p.valid_to, p.slot_seconds IS NOT NULL AS is_scheduled,
    CASE WHEN p.calendar_id IS NULL THEN a.at - make_interval(secs => p.deadline_seconds)
         ELSE coalesce(oldest.opens_at, CAST('-infinity' AS timestamptz)) END AS due_from
  FROM ops.flow_promise p
  JOIN reach_at a ON a.customer_id = p.customer_id
  LEFT JOIN LATERAL (
    SELECT max(w.closes_at) AS filled_until
    FROM ops.calendar_window w
    WHERE w.customer_id = p.customer_id AND w.calendar_id = p.calendar_id
  ) c ON true
  LEFT JOIN LATERAL (
    SELECT w.seconds_before + extract(epoch FROM least(a.at, w.closes_at) - w.opens_at) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = p.customer_id AND w.calendar_id = p.calendar_id AND w.opens_at <= a.at
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) open_then ON true
  LEFT JOIN LATERAL (
    SELECT w.opens_at
    FROM ops.calendar_window w
    WHERE w.customer_id = p.customer_id AND w.calendar_id = p.calendar_id AND c.filled_until > a.at
      AND w.seconds_before <= open_then.seconds - p.deadline_seconds
    ORDER BY w.seconds_before DESC
    LIMIT 1
  ) oldest ON true
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
)
