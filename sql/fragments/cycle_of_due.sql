-- From ready to be billed to sent: every project's work of a month, invoice by invoice, every milestone, date of a retainer and month of
-- usage under observation; what is on no invoice yet is included.
-- expects: watch (customer_id int, observed_from, observed_to timestamptz), one row per customer, half open; sending and due (fragment
--          due_of_work); parameter customer_ids
-- gives:   cycle, one row per project, month, currency and invoice, and per milestone, date and month of usage: ready_at (the last of it), entry, t in seconds,
--          cause 1 sent, 2 written off or deleted, 0 open, null: nobody knows
-- source:  [ours] metrics.md C5; one forgotten hour keeps the rest of its month from nothing: it is a cycle of its own
-- what was promised does not matter here
promised AS MATERIALIZED (
  SELECT d.*, a.observed_to, CAST(NULL AS timestamptz) AS limit_at, false AS is_held, CAST(NULL AS text) AS hold_reason
  FROM due d
  JOIN watch a ON a.customer_id = d.customer_id
),
-- include: due_stood
,
cycle AS MATERIALIZED (
  SELECT
    g.*,
    CASE WHEN g.cause IS NULL THEN 0 ELSE kpi.entry_seconds(g.ready_at, w.observed_from) END AS entry,
    CASE WHEN g.cause IS NOT NULL THEN greatest(0, CAST(extract(epoch FROM g.ends_at - g.ready_at) AS float8)) END AS t
  FROM (
    SELECT
      p.customer_id, p.system_id, p.kind, p.project_ref, p.account_ref, p.month, p.currency, p.invoice_id, p.cycle_id,
      max(p.ready_at) AS ready_at, CASE WHEN count(*) FILTER (WHERE p.amount IS NULL) = 0 THEN sum(p.amount) END AS amount,
      CASE
        WHEN bool_or(p.is_unknown) THEN NULL
        WHEN p.is_gone THEN 2
        WHEN bool_and(p.sent_at IS NOT NULL) THEN 1
        ELSE 0
      END AS cause,
      CASE
        WHEN p.is_gone THEN max(p.leaves_at)
        WHEN bool_and(p.sent_at IS NOT NULL) THEN max(p.sent_at)
        ELSE min(p.observed_to)
      END AS ends_at
    FROM (
      SELECT
        d.*, d.leaves_at < d.observed_to AS is_gone,
        CASE WHEN d.kind <> 'time' THEN d.item_id
             ELSE concat_ws(' ', d.project_ref, to_char(d.month, 'YYYY-MM'), coalesce(d.invoice_id, '-')) END AS cycle_id
      FROM due_piece d
      WHERE d.ready_at < d.observed_to
    ) p
    GROUP BY p.customer_id, p.system_id, p.kind, p.project_ref, p.account_ref, p.month, p.currency, p.invoice_id, p.cycle_id, p.is_gone
  ) g
  JOIN watch w ON w.customer_id = g.customer_id
  -- what ended before we looked was never ours to watch
  WHERE CASE g.cause WHEN 2 THEN g.ends_at >= greatest(g.ready_at, w.observed_from)
                     ELSE greatest(g.ends_at, g.ready_at) >= w.observed_from END
)
