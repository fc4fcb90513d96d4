-- What has to be billed: since when, by when, and what became of it. A month's work is ready, and due, when the month has ended and it is
-- approved; what is approved more than five days later is due with the month in which it was. A milestone is ready and due when it is
-- accepted, a retainer on its day of the month, usage when its month has ended, as the contract says.
-- expects: watch (customer_id int, settled_from, due_from, observed_to timestamptz), one row per customer: work that was settled before
--          settled_from, and what was due before due_from, is left out; parameter customer_ids
-- gives:   due_piece, one row per piece of work, milestone, date of a retainer and month of usage that was ready before observed_to: kind
--          (time, milestone, retainer, usage), month (that it is for; null: a milestone), ready_at, due_at, invoice_id (that it is on at observed_to; null: none), limit_at (moved by the
--          time for which its bill is held back on purpose; null: a calendar that is not filled), is_held (at observed_to), hold_reason, leaves_at, is_drafted (on a draft or bill at
--          observed_to), was_drafted (at limit_at), sent_at (null: not all of it), is_unknown (a bill or an approval nobody could read)
-- source:  [ours] metrics.md C5 and C6: from the systems, not from runs, so that a trigger that never fired is seen
telling AS MATERIALIZED (  -- systems that say when an invoice was sent; elsewhere the posting is the sending
  SELECT DISTINCT i.customer_id, i.system_id
  FROM biz.invoice i
  WHERE i.customer_id = ANY (CAST(:customer_ids AS int[])) AND i.sent_at IS NOT NULL
),
sending AS MATERIALIZED (
  SELECT
    l.customer_id, l.system_id, l.invoice_id, l.drafted_at, l.posted_at, least(l.voided_at, l.deleted_at) AS ends_at, l.is_unknown,
    CASE WHEN t.system_id IS NULL THEN l.posted_at ELSE coalesce(i.sent_at, CAST('infinity' AS timestamptz)) END AS sent_at
  FROM kpi.invoice_life l
  JOIN biz.invoice i ON i.customer_id = l.customer_id AND i.system_id = l.system_id AND i.source_id = l.invoice_id
  LEFT JOIN telling t ON t.customer_id = l.customer_id AND t.system_id = l.system_id
  WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND NOT l.is_credit
),
contract_due AS MATERIALIZED (  -- where the contract tells a day or usage, and its system holds bills
  SELECT
    n.customer_id, n.system_id, x.kind, n.source_id AS contract_ref, coalesce(b.merged_into_ref, n.account_ref) AS account_ref,
    CAST(m.month AS date) AS month, CAST(m.month + x.length AS date) AS month_after, CASE x.kind WHEN 'retainer' THEN n.billing_amount END AS amount,
    CAST(n.currency AS text) AS currency,
    least(coalesce(n.deleted_at, CAST('infinity' AS timestamptz)),
          CASE WHEN n.state IN ('cancelled', 'canceled') THEN coalesce(n.source_updated_at, n.last_seen_at) END) AS leaves_at,
    d.due_on, CAST(d.due_on AS timestamp) AT TIME ZONE c.time_zone AS due_at,
    NOT EXISTS (SELECT FROM biz.invoice_line l WHERE l.customer_id = n.customer_id AND l.system_id = n.system_id AND l.contract_ref IS NOT NULL) AS is_unknown
  FROM watch a
  JOIN ops.customer c ON c.customer_id = a.customer_id
  JOIN biz.contract n ON n.customer_id = a.customer_id AND n.starts_on IS NOT NULL
  LEFT JOIN biz.account b ON b.customer_id = n.customer_id AND b.system_id = n.system_id AND b.source_id = n.account_ref
  CROSS JOIN LATERAL (
    SELECT 'retainer' AS kind, make_interval(months => greatest(1, coalesce(n.billing_every_months, 1))) AS length
    WHERE n.kind = 'retainer' AND n.billing_day BETWEEN 1 AND 31
    UNION ALL
    SELECT 'usage', interval '1 month' WHERE n.billing_rule = 'usage'
  ) x
  CROSS JOIN LATERAL generate_series(
    date_trunc('month', CAST(n.starts_on AS timestamp)), least(CAST(n.ends_on AS timestamp), a.observed_to AT TIME ZONE c.time_zone), x.length) m (month)
  CROSS JOIN LATERAL (
    SELECT CASE x.kind WHEN 'usage' THEN CAST(m.month + x.length AS date)
      ELSE least(CAST(m.month AS date) + n.billing_day - 1, CAST(m.month + interval '1 month' AS date) - 1) END AS due_on
  ) d
  WHERE n.customer_id = ANY (CAST(:customer_ids AS int[])) AND coalesce(n.state NOT IN ('draft', 'quotation', 'rejected'), true)
    AND (x.kind = 'usage' OR d.due_on >= n.starts_on AND coalesce(d.due_on <= n.ends_on, true))
    AND EXISTS (SELECT FROM biz.invoice i WHERE i.customer_id = n.customer_id AND i.system_id = n.system_id)
),
due AS MATERIALIZED (
  SELECT
    w.customer_id, w.system_id, 'time' AS kind, w.item_type, w.item_id, w.project_ref, w.account_ref, d.month, w.amount,
    CAST(w.currency AS text) AS currency, w.hours, w.leaves_at, w.is_approval_unknown AS is_unknown,
    r.ready_at,
    CASE WHEN r.ready_at <= d.closes_at + interval '5 days' THEN r.ready_at
         ELSE (date_trunc('month', r.ready_at AT TIME ZONE c.time_zone) + interval '1 month') AT TIME ZONE c.time_zone END AS due_at,
    w.phase, w.phase_from, w.phase_to, w.phase_share, w.phase_invoice, CAST(NULL AS text) AS contract_ref, CAST(NULL AS date) AS month_after
  FROM watch a
  JOIN ops.customer c ON c.customer_id = a.customer_id
  JOIN kpi.work w ON w.customer_id = a.customer_id
  CROSS JOIN LATERAL (
    SELECT
      CAST(date_trunc('month', w.worked_on) AS date) AS month,
      (date_trunc('month', CAST(w.worked_on AS timestamp)) + interval '1 month') AT TIME ZONE c.time_zone AS closes_at
  ) d
  CROSS JOIN LATERAL (SELECT greatest(d.closes_at, CASE WHEN w.is_approval_unknown THEN w.opens_at ELSE w.approved_at END) AS ready_at) r
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND (w.approved_at < a.observed_to OR w.is_approval_unknown)
    AND d.closes_at < a.observed_to
    AND w.settled_at >= a.settled_from
  UNION ALL
  SELECT
    m.customer_id, m.system_id, 'milestone', 'milestone', m.source_id, m.project_ref, coalesce(b.merged_into_ref, p.account_ref), NULL,
    m.amount, CAST(coalesce(m.currency, p.currency) AS text), NULL, coalesce(m.deleted_at, CAST('infinity' AS timestamptz)), false,
    coalesce(m.approved_at, m.completed_at), coalesce(m.approved_at, m.completed_at), NULL, NULL, NULL, NULL, NULL, NULL, NULL
  FROM watch a
  JOIN biz.milestone m ON m.customer_id = a.customer_id AND coalesce(m.approved_at, m.completed_at) < a.observed_to
  LEFT JOIN biz.project p ON p.customer_id = m.customer_id AND p.system_id = m.system_id AND p.source_id = m.project_ref
  LEFT JOIN biz.account b ON b.customer_id = p.customer_id AND b.system_id = p.system_id AND b.source_id = p.account_ref
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION ALL
  SELECT
    n.customer_id, n.system_id, n.kind, 'contract', concat_ws(' ', n.contract_ref, to_char(n.month, 'YYYY-MM')), NULL, n.account_ref, n.month,
    n.amount, n.currency, NULL, n.leaves_at, n.is_unknown, n.due_at, n.due_at, NULL, NULL, NULL, NULL, NULL, n.contract_ref, n.month_after
  FROM watch a
  JOIN contract_due n ON n.customer_id = a.customer_id AND n.due_at < a.observed_to
),
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
  LEFT JOIN LATERAL (
    SELECT w.seconds_before + date_part('epoch', least(d.due_at, w.closes_at) - w.opens_at) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = d.customer_id AND w.calendar_id = f.calendar_id AND w.opens_at <= d.due_at
    ORDER BY w.opens_at DESC
    LIMIT 1
  ) open_before ON true
  LEFT JOIN LATERAL (
    SELECT w.opens_at + make_interval(secs => coalesce(open_before.seconds, 0) + f.deadline_seconds - w.seconds_before) AS at,
           w.closes_at
    FROM ops.calendar_window w
    WHERE w.customer_id = d.customer_id AND w.calendar_id = f.calendar_id
      -- whole seconds, so that the index is used
      AND w.seconds_before < CAST(ceil(coalesce(open_before.seconds, 0) + f.deadline_seconds) AS bigint)
    ORDER BY w.seconds_before DESC
    LIMIT 1
  ) used_up ON true
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
),
stood AS (  -- every bill and draft that a piece was on
  SELECT
    p.customer_id, p.system_id, p.item_type, p.item_id, x.phase IN ('draft', 'billed') AS is_draft, x.phase = 'unknown' AS is_unknown,
    x.from_at, x.to_at, x.share, x.invoice_id, p.observed_to, p.limit_at,
    CASE WHEN x.phase = 'billed' THEN coalesce(s.sent_at, x.from_at) ELSE CAST('infinity' AS timestamptz) END AS sent_at
  FROM promised p
  CROSS JOIN LATERAL unnest(p.phase, p.phase_from, p.phase_to, p.phase_share, p.phase_invoice) x (phase, from_at, to_at, share, invoice_id)
  LEFT JOIN sending s ON s.customer_id = p.customer_id AND s.system_id = p.system_id AND s.invoice_id = x.invoice_id
  WHERE p.kind = 'time'
  UNION ALL
  SELECT
    p.customer_id, p.system_id, p.item_type, p.item_id, s.is_unknown IS FALSE, s.is_unknown IS NOT FALSE,
    greatest(s.drafted_at, k.linked_at), least(s.ends_at, k.unlinked_at), k.share, s.invoice_id, p.observed_to, p.limit_at,
    coalesce(s.sent_at, CAST('infinity' AS timestamptz))
  FROM promised p
  JOIN (
    SELECT m.customer_id, m.system_id, m.source_id AS item_id, m.invoice_line_ref AS line_id, CAST(1 AS numeric) AS share,
      CAST('-infinity' AS timestamptz) AS linked_at, CAST('infinity' AS timestamptz) AS unlinked_at
    FROM biz.milestone m
    WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.invoice_line_ref IS NOT NULL
    UNION ALL
    SELECT b.customer_id, b.system_id, b.object_ref, b.invoice_line_ref, b.share, coalesce(b.valid_from, CAST('-infinity' AS timestamptz)),
      coalesce(least(b.valid_to, b.deleted_at), CAST('infinity' AS timestamptz))
    FROM biz.billing_link b
    JOIN biz.milestone m ON m.customer_id = b.customer_id AND m.system_id = b.system_id AND m.source_id = b.object_ref
      AND m.invoice_line_ref IS DISTINCT FROM b.invoice_line_ref
    WHERE b.customer_id = ANY (CAST(:customer_ids AS int[])) AND b.object_type = 'milestone'
  ) k ON k.customer_id = p.customer_id AND k.system_id = p.system_id AND k.item_id = p.item_id
  LEFT JOIN biz.invoice_line l ON l.customer_id = k.customer_id AND l.system_id = k.system_id AND l.source_id = k.line_id
  LEFT JOIN sending s ON s.customer_id = k.customer_id AND s.system_id = k.system_id AND s.invoice_id = l.invoice_ref
  WHERE p.kind = 'milestone'
  UNION ALL
  -- a line of the contract that does not say for when may be the one
  SELECT
    p.customer_id, p.system_id, p.item_type, p.item_id, l.is_dated AND s.is_unknown IS FALSE, NOT l.is_dated OR s.is_unknown IS NOT FALSE,
    s.drafted_at, s.ends_at, CAST(1 AS numeric), s.invoice_id, p.observed_to, p.limit_at, coalesce(s.sent_at, CAST('infinity' AS timestamptz))
  FROM promised p
  CROSS JOIN LATERAL (
    SELECT l.invoice_ref, l.billed_for IS NOT NULL AS is_dated, bool_or(l.billed_for IS NOT NULL) OVER () AS any_dated
    FROM biz.invoice_line l
    WHERE l.customer_id = p.customer_id AND l.system_id = p.system_id AND l.contract_ref = p.contract_ref AND l.deleted_at IS NULL
      AND (l.billed_for IS NULL OR l.billed_for >= p.month AND l.billed_for < p.month_after)
  ) l
  LEFT JOIN sending s ON s.customer_id = p.customer_id AND s.system_id = p.system_id AND s.invoice_id = l.invoice_ref
  WHERE p.contract_ref IS NOT NULL AND (l.is_dated OR NOT l.any_dated)
),
standing_of AS (
  SELECT
    s.customer_id, s.system_id, s.item_type, s.item_id,
    coalesce(sum(s.share) FILTER (WHERE s.is_draft AND s.from_at < s.observed_to AND s.to_at >= s.observed_to), 0) AS drafted,
    coalesce(sum(s.share) FILTER (WHERE s.is_draft AND s.from_at <= s.limit_at AND s.to_at > s.limit_at), 0) AS was_drafted,
    coalesce(sum(s.share) FILTER (WHERE s.sent_at < s.observed_to AND s.to_at >= s.observed_to), 0) AS sent,
    max(s.sent_at) FILTER (WHERE s.sent_at < s.observed_to AND s.to_at >= s.observed_to) AS sent_at,
    (array_agg(s.invoice_id ORDER BY s.from_at DESC, s.invoice_id)
      FILTER (WHERE s.is_draft AND s.from_at < s.observed_to AND s.to_at >= s.observed_to))[1] AS invoice_id,
    coalesce(bool_or(s.is_unknown AND coalesce(s.from_at < s.observed_to AND s.to_at >= s.observed_to, true)), false) AS is_unknown
  FROM stood s
  GROUP BY s.customer_id, s.system_id, s.item_type, s.item_id
),
due_piece AS MATERIALIZED (
  SELECT
    p.customer_id, p.system_id, p.kind, p.item_type, p.item_id, p.project_ref, p.account_ref, p.month, p.amount, p.currency, p.hours,
    p.ready_at, p.due_at, p.limit_at, p.is_held, p.hold_reason, p.contract_ref, p.leaves_at, p.observed_to, s.invoice_id,
    -- shares of thirds do not add up to one
    coalesce(s.drafted, 0) > 0.999 AS is_drafted, coalesce(s.was_drafted, 0) > 0.999 AS was_drafted,
    CASE WHEN s.sent > 0.999 THEN s.sent_at END AS sent_at,
    p.is_unknown OR coalesce(s.is_unknown, false) AS is_unknown
  FROM promised p
  LEFT JOIN standing_of s ON s.customer_id = p.customer_id AND s.system_id = p.system_id AND s.item_type = p.item_type AND s.item_id = p.item_id
)
