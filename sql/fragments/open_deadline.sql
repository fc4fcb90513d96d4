-- By when promised seconds of a calendar's open time are used up: a lateral join.
-- expects: asked (customer_id, calendar_id int (null: no calendar), since timestamptz, seconds int), a row of the join before it
-- gives:   used_up: at, and closes_at of the window it lies in (at beyond it: the calendar is not filled that far; null: no calendar)
-- source:  metrics.md 4.6: the open seconds before each window
LEFT JOIN LATERAL (
  SELECT w.at, w.closes_at
  FROM (SELECT asked.calendar_id WHERE asked.calendar_id IS NOT NULL) k
  LEFT JOIN LATERAL (
    SELECT w.seconds_before + date_part('epoch', least(asked.since, w.closes_at) - w.opens_at) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = asked.customer_id AND w.calendar_id = k.calendar_id AND w.opens_at <= asked.since
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) open_before ON true
  CROSS JOIN LATERAL (
    SELECT w.opens_at + make_interval(secs => coalesce(open_before.seconds, 0) + asked.seconds - w.seconds_before) AS at, w.closes_at
    FROM ops.calendar_window w
    WHERE w.customer_id = asked.customer_id AND w.calendar_id = k.calendar_id
      -- whole seconds, so that the index is used
      AND w.seconds_before < CAST(ceil(coalesce(open_before.seconds, 0) + asked.seconds) AS bigint)
    ORDER BY w.seconds_before DESC
    LIMIT 1
  ) w
) used_up ON true
