-- By when what has to be billed is promised to be on a draft.
-- expects: watch (customer_id int, due_from, observed_to timestamptz), one row per customer: what was due before due_from is left out; due
--          (fragment of that name); parameter customer_ids
-- gives:   promised, the rows of due with limit_at (moved by the time for which its bill is held back on purpose; null: a calendar that is not
--          filled), is_held (at observed_to), hold_reason
-- source:  [ours] metrics.md C6; due in business time: 4.6
kept_back AS MATERIALIZED (  -- bills that are held back on purpose: with a reason and an end, else it is nothing but a delay
  SELECT
    h.customer_id, h.system_id, x.object_type, x.object_ref, range_agg(tstzrange(h.placed_at, e.ends_at)) AS spans,
    string_agg(DISTINCT h.reason, ', ') AS reason
  FROM watch a
  JOIN ops.customer c ON c.customer_id = a.customer_id
  JOIN biz.billing_hold h ON h.customer_id = a.customer_id
  CROSS JOIN LATERAL (
    SELECT least(CAST(h.expires_on + 1 AS timestamp) AT TIME ZONE c.time_zone, CASE WHEN h.released_at < a.observed_to THEN h.released_at END,
                 CASE WHEN h.deleted_at < a.observed_to THEN h.deleted_at END) AS ends_at
  ) e
  CROSS JOIN LATERAL (
    SELECT h.object_type, h.object_ref
    UNION ALL
    SELECT 'project', p.source_id
    FROM biz.project p
    WHERE h.object_type = 'contract' AND p.customer_id = h.customer_id AND p.system_id = h.system_id AND p.contract_ref = h.object_ref
  ) x
  WHERE h.customer_id = ANY (CAST(:customer_ids AS int[])) AND trim(h.reason) <> '' AND h.expires_on IS NOT NULL
    AND h.placed_at < least(e.ends_at, a.observed_to)
  GROUP BY h.customer_id, h.system_id, x.object_type, x.object_ref
),
kept_back_piece AS MATERIALIZED (
  SELECT d.customer_id, d.system_id, d.item_type, d.item_id, range_agg(k.spans) AS spans, string_agg(DISTINCT k.reason, ', ') AS reason
  FROM kept_back k
  JOIN due d ON d.customer_id = k.customer_id AND d.system_id = k.system_id AND k.object_ref = CASE k.object_type
    WHEN 'account' THEN d.account_ref WHEN 'project' THEN d.project_ref WHEN 'contract' THEN d.contract_ref
    WHEN 'milestone' THEN CASE d.kind WHEN 'milestone' THEN d.item_id END END
  GROUP BY d.customer_id, d.system_id, d.item_type, d.item_id
),
promised_first AS (
  SELECT
    d.*, a.observed_to,
    -- what no flow promises may take ten days
    CASE WHEN f.calendar_id IS NULL THEN d.due_at + make_interval(secs => coalesce(f.deadline_seconds, 864000))
         WHEN used_up.at <= used_up.closes_at THEN used_up.at END AS limit_at
  FROM due d
  JOIN watch a ON a.customer_id = d.customer_id AND d.due_at >= a.due_from
  LEFT JOIN LATERAL (
    SELECT p.deadline_seconds, p.calendar_id
    FROM ops.flow f
    JOIN ops.flow_promise p ON p.customer_id = f.customer_id AND p.flow_id = f.flow_id AND p.valid_from <= d.due_at AND d.due_at < p.valid_to
    WHERE f.customer_id = d.customer_id AND coalesce(f.from_system_id, d.system_id) = d.system_id AND coalesce(f.removed_at > d.due_at, true)
      AND f.workflow = CASE d.kind WHEN 'milestone' THEN 'milestone_to_invoice' ELSE 'period_to_invoice' END
    ORDER BY f.flow_id
    LIMIT 1
  ) f ON true
  CROSS JOIN LATERAL (SELECT d.customer_id, f.calendar_id, d.due_at AS since, f.deadline_seconds AS seconds) asked
-- include: open_deadline
),
promised AS MATERIALIZED (  -- a hold that was placed before the deadline moves it by its own length
  SELECT
    p.customer_id, p.system_id, p.kind, p.item_type, p.item_id, p.project_ref, p.account_ref, p.month, p.amount, p.currency, p.hours, p.leaves_at,
    p.is_unknown, p.ready_at, p.due_at, p.phase, p.phase_from, p.phase_to, p.phase_share, p.phase_invoice, p.contract_ref, p.month_after,
    p.observed_to, p.limit_at + coalesce(m.moved, interval '0') AS limit_at, coalesce(m.is_held, false) AS is_held,
    CASE WHEN m.is_held THEN k.reason END AS hold_reason
  FROM promised_first p
  LEFT JOIN kept_back_piece k ON k.customer_id = p.customer_id AND k.system_id = p.system_id AND k.item_type = p.item_type AND k.item_id = p.item_id
  LEFT JOIN LATERAL (
    SELECT sum(upper(r.span) - greatest(lower(r.span), p.due_at)) AS moved,
      bool_or(upper(r.span) >= p.observed_to) AS is_held
    FROM unnest(k.spans) r (span)
    WHERE lower(r.span) < p.limit_at AND upper(r.span) > p.due_at
  ) m ON k.spans IS NOT NULL
)
