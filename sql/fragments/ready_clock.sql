-- From won to project ready: every opportunity under observation, those without a project included.
-- expects: parameters customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   watch (customer_id int, at, observed_from timestamptz), one row per customer; ready_piece, one row per opportunity: entry, t in seconds, of the promised calendar where there is one, elapsed otherwise;
--          cause 1 ready, 2 withdrawn, 0 open, null: nobody knows
-- source:  metrics.md C2 and 4.6
watch AS (
  SELECT
    c.customer_id, least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at,
    CAST(:since AS timestamptz) AS observed_from
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
look AS (SELECT w.customer_id, w.at, CAST('-infinity' AS timestamptz) AS won_from FROM watch w),
-- include: creation
,
ready_piece AS MATERIALIZED (
  SELECT
    e.customer_id, e.system_id, e.opportunity_id, e.number, e.reference, e.name, e.account, e.account_ref, e.amount, e.currency,
    e.won_at, e.due_at, e.flow_key, e.deadline_seconds, e.ends_at, e.cause,
    CASE WHEN e.cause IS NULL OR e.enters_at <= e.won_at THEN 0
         ELSE greatest(0, coalesce(entering.seconds - begun.seconds, CAST(extract(epoch FROM e.enters_at - e.won_at) AS float8)) - 0.000001)
    END AS entry,
    CASE WHEN e.cause IS NOT NULL
         THEN coalesce(ended.seconds - begun.seconds, CAST(extract(epoch FROM e.ends_at - e.won_at) AS float8)) END AS t
  FROM (
    SELECT
      c.*, greatest(c.won_at, w.observed_from) AS enters_at,
      CASE
        WHEN NOT c.is_won_at_known OR c.ready_at IS NULL AND c.suggestions > 0 THEN NULL
        WHEN c.ready_at IS NOT NULL THEN 1
        WHEN c.unwon_at < c.looked_at THEN 2
        WHEN c.read_until < c.won_at THEN NULL
        ELSE 0
      END AS cause,
      CASE
        WHEN c.ready_at IS NOT NULL THEN greatest(c.ready_at, c.won_at)
        -- what has not been read since is open up to where it was read
        ELSE greatest(c.won_at, least(c.unwon_at, c.looked_at, c.read_until))
      END AS ends_at
    FROM watch w
    JOIN creation c ON c.customer_id = w.customer_id
  ) e
  LEFT JOIN LATERAL (
    SELECT CAST(w.seconds_before + extract(epoch FROM least(e.won_at, w.closes_at) - w.opens_at) AS float8) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = e.customer_id AND w.calendar_id = e.calendar_id AND w.opens_at <= e.won_at
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) begun ON true
  LEFT JOIN LATERAL (
    SELECT CAST(w.seconds_before + extract(epoch FROM least(e.enters_at, w.closes_at) - w.opens_at) AS float8) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = e.customer_id AND w.calendar_id = e.calendar_id AND w.opens_at <= e.enters_at
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) entering ON true
  LEFT JOIN LATERAL (
    SELECT CAST(w.seconds_before + extract(epoch FROM least(e.ends_at, w.closes_at) - w.opens_at) AS float8) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = e.customer_id AND w.calendar_id = e.calendar_id AND w.opens_at <= e.ends_at
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) ended ON true
  -- what ended before we looked was never ours to watch
  WHERE e.cause IS NULL AND e.unwon_at >= e.enters_at OR e.ends_at >= e.enters_at
)
