-- From worked to handed in, and from handed in to approved: every billable time entry under observation, open ones included.
-- expects: step (name text: submission or approval; done text: how one that is done is called), one row; parameters customer_ids int[]; since,
--          until, as_of timestamptz (as_of null: now)
-- gives:   watch (customer_id int, observed_from, observed_to timestamptz), one row per customer, half open; sheet, one row per time entry: began_at, entry, t in seconds, cause 1 done, 2 written off, made non-billable or deleted, 0 open,
--          null: nobody knows
-- source:  [ours] metrics.md C9; a day's work is done at its local midnight; handed in before that took no time
watch AS (
  SELECT
    c.customer_id, CAST(:since AS timestamptz) AS observed_from,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS observed_to
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
sheet AS MATERIALIZED (
  SELECT
    s.*,
    CASE WHEN s.cause IS NULL THEN 0 ELSE kpi.entry_seconds(s.began_at, s.observed_from) END AS entry,
    CASE WHEN s.cause IS NOT NULL THEN greatest(0, CAST(extract(epoch FROM s.ends_at - s.began_at) AS float8)) END AS t
  FROM (
    SELECT
      w.customer_id, w.system_id, w.item_id, w.project_ref, w.account_ref, w.worked_on, w.hours, w.amount, CAST(w.currency AS text) AS currency,
      v.began_at, a.observed_from,
      CASE
        -- a system that approves nothing, or of which nobody knows, has no approval to wait for
        WHEN v.is_approval AND (w.is_approval_unknown OR w.approval_precision = 'entered' AND w.approved_at < 'infinity') THEN NULL
        WHEN v.done_at < a.observed_to THEN 1
        WHEN w.leaves_at < a.observed_to THEN 2
        ELSE 0
      END AS cause,
      CASE WHEN v.done_at < a.observed_to THEN v.done_at ELSE least(w.leaves_at, a.observed_to) END AS ends_at
    FROM watch a
    JOIN ops.customer c ON c.customer_id = a.customer_id
    JOIN kpi.work w ON w.customer_id = a.customer_id AND w.item_type = 'time_entry' AND w.opens_at < a.observed_to
    CROSS JOIN step s
    CROSS JOIN LATERAL (
      SELECT
        s.name = 'approval' AS is_approval,
        CASE s.name WHEN 'approval' THEN w.submitted_at ELSE CAST(w.worked_on + 1 AS timestamp) AT TIME ZONE c.time_zone END AS began_at,
        CASE s.name WHEN 'approval' THEN w.approved_at ELSE w.submitted_at END AS done_at
    ) v
    WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.began_at < a.observed_to AND w.leaves_at >= v.began_at
  ) s
  -- what ended before we looked was never ours to watch
  WHERE greatest(s.ends_at, s.began_at) >= s.observed_from
)
