-- From ready to be billed to sent: every project's work of a month and every milestone under observation, open ones included.
-- expects: watch (customer_id int, observed_from, observed_to timestamptz), one row per customer, half open; due_piece
-- gives:   cycle, one row per project, month and currency, and per milestone: ready_at (the last of it), entry, t in seconds,
--          cause 1 all of it sent, 2 written off or deleted, 0 open, null: nobody knows
-- source:  [ours] metrics.md C5: until the last of its documents is sent
cycle AS MATERIALIZED (
  SELECT
    g.*,
    CASE WHEN g.cause IS NULL OR g.ready_at >= w.observed_from THEN 0
         ELSE greatest(0, CAST(extract(epoch FROM w.observed_from - g.ready_at) AS float8) - 0.000001) END AS entry,
    CASE WHEN g.cause IS NOT NULL THEN greatest(0, CAST(extract(epoch FROM g.ends_at - g.ready_at) AS float8)) END AS t
  FROM (
    SELECT
      p.customer_id, p.system_id, p.kind, p.project_ref, p.account_ref, p.month, p.currency,
      CASE WHEN p.kind = 'milestone' THEN p.item_id ELSE coalesce(p.project_ref, '') || ' ' || to_char(p.month, 'YYYY-MM') END AS cycle_id,
      coalesce(max(p.due_at) FILTER (WHERE p.leaves_at >= p.observed_to), max(p.due_at)) AS ready_at,
      CASE WHEN count(*) FILTER (WHERE p.leaves_at >= p.observed_to AND p.amount IS NULL) = 0
        THEN sum(p.amount) FILTER (WHERE p.leaves_at >= p.observed_to OR p.is_gone) END AS amount,
      CASE
        WHEN bool_or(p.is_unknown) THEN NULL
        WHEN bool_and(p.leaves_at < p.observed_to) THEN 2
        WHEN bool_and(p.sent_at IS NOT NULL) FILTER (WHERE p.leaves_at >= p.observed_to) THEN 1
        ELSE 0
      END AS cause,
      CASE
        WHEN bool_or(p.is_unknown) THEN min(p.observed_to)
        WHEN bool_and(p.leaves_at < p.observed_to) THEN max(p.leaves_at)
        WHEN bool_and(p.sent_at IS NOT NULL) FILTER (WHERE p.leaves_at >= p.observed_to) THEN max(p.sent_at) FILTER (WHERE p.leaves_at >= p.observed_to)
        ELSE min(p.observed_to)
      END AS ends_at
    FROM (
      SELECT d.*, bool_and(d.leaves_at < d.observed_to) OVER (
        PARTITION BY d.customer_id, d.system_id, d.kind, d.project_ref, d.account_ref, d.month, d.currency,
          CASE WHEN d.kind = 'milestone' THEN d.item_id END) AS is_gone
      FROM due_piece d
    ) p
    GROUP BY p.customer_id, p.system_id, p.kind, p.project_ref, p.account_ref, p.month, p.currency,
      CASE WHEN p.kind = 'milestone' THEN p.item_id ELSE coalesce(p.project_ref, '') || ' ' || to_char(p.month, 'YYYY-MM') END
  ) g
  JOIN watch w ON w.customer_id = g.customer_id
  -- what ended before we looked was never ours to watch
  WHERE CASE g.cause WHEN 2 THEN g.ends_at >= greatest(g.ready_at, w.observed_from)
                     ELSE greatest(g.ends_at, g.ready_at) >= w.observed_from END
)
