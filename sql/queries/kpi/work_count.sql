-- Works out billable work: what it is worth, the moments of its life, and where it stood with its bills.
-- grain:   one row of kpi.work per piece of work of pg_temp.work_key that is billable or once was
-- params:  customer_id int
-- columns: value: hours at the contracted rate (the task's list rate where there is none: estimated), rounded piece by piece, halves
--          away from zero, to the currency's minor unit (CLDR), as an invoicing system rounds a line; null when the rate or the
--          currency is not known;
--          approved_at: the last approval; where a system has none, when the work was typed in (approval_precision entered);
--          phase: draft (linked, not a bill yet), billed (from posting until voided, credited in full or deleted), cancelled (void or
--          credited and still linked), unknown (linked to what we have not read or to a state nobody knows); a deleted draft leaves none
-- source:  [ours] metrics.md C4 and C7; sources.md B2.5: draft is not billed, a credited invoice keeps its link and bills nothing
WITH
entry AS (
  SELECT
    t.customer_id, t.system_id, 'time_entry' AS item_type, t.source_id AS item_id,
    coalesce(t.project_ref, k.project_ref) AS project_ref, t.worked_on, t.minutes,
    coalesce(t.rate, k.rate) AS rate, CAST(NULL AS numeric) AS charge, t.rate IS NULL AS is_estimated,
    CASE WHEN t.rate IS NOT NULL THEN coalesce(t.currency, k.currency) ELSE coalesce(k.currency, t.currency) END AS currency,
    t.billable, t.bill_state, t.approval_state, t.approval_precision, t.entered_at, t.submitted_at, t.approved_at,
    t.written_off_at, t.deleted_at, t.invoice_line_ref, t.source_updated_at, t.first_seen_at, t.last_seen_at
  FROM pg_temp.work_key w
  JOIN biz.time_entry t ON t.customer_id = w.customer_id AND t.system_id = w.system_id AND t.source_id = w.item_id
  LEFT JOIN biz.task k ON k.customer_id = t.customer_id AND k.system_id = t.system_id AND k.source_id = t.task_ref
  WHERE w.customer_id = CAST(:customer_id AS int) AND w.item_type = 'time_entry'
  UNION ALL
  SELECT
    x.customer_id, x.system_id, 'expense', x.source_id, x.project_ref, x.incurred_on, 0, NULL, x.amount, false, x.currency,
    x.billable, x.bill_state, x.approval_state, x.approval_precision, x.entered_at, x.submitted_at, x.approved_at,
    x.written_off_at, x.deleted_at, x.invoice_line_ref, x.source_updated_at, x.first_seen_at, x.last_seen_at
  FROM pg_temp.work_key w
  JOIN biz.expense x ON x.customer_id = w.customer_id AND x.system_id = w.system_id AND x.source_id = w.item_id
  WHERE w.customer_id = CAST(:customer_id AS int) AND w.item_type = 'expense'
),
history AS (  -- the moments only the history knows
  SELECT
    e.customer_id, e.system_id, e.object_type AS item_type, e.source_id AS item_id,
    max(e.at) FILTER (WHERE e.field = 'billable' AND e.to_value IN ('false', 'f', '0')
                         OR e.field = 'bill_state' AND e.to_value = 'not_billable') AS not_billable_at,
    max(e.at) FILTER (WHERE e.field = 'bill_state' AND e.to_value = 'written_off') AS written_off_at,
    max(e.at) FILTER (WHERE e.field = 'bill_state' AND e.to_value = 'billed') AS billed_at
  FROM pg_temp.work_key w
  JOIN biz.state_event e ON e.customer_id = w.customer_id AND e.system_id = w.system_id AND e.object_type = w.item_type
    AND e.source_id = w.item_id
  WHERE e.customer_id = CAST(:customer_id AS int) AND e.field IN ('billable', 'bill_state')
  GROUP BY e.customer_id, e.system_id, e.object_type, e.source_id
),
told AS (  -- links told as rows of their own
  SELECT b.customer_id, b.system_id, b.object_type AS item_type, b.object_ref AS item_id, b.invoice_line_ref AS line_id, b.share,
    coalesce(b.valid_from, CAST('-infinity' AS timestamptz)) AS linked_at,
    coalesce(least(b.valid_to, b.deleted_at), CAST('infinity' AS timestamptz)) AS unlinked_at, b.deleted_at IS NULL AS stands
  FROM pg_temp.work_key w
  JOIN biz.billing_link b ON b.customer_id = w.customer_id AND b.system_id = w.system_id AND b.object_type = w.item_type
    AND b.object_ref = w.item_id
  WHERE b.customer_id = CAST(:customer_id AS int)
),
link AS (
  SELECT t.customer_id, t.system_id, t.item_type, t.item_id, t.line_id, t.share, t.linked_at, t.unlinked_at
  FROM told t
  UNION ALL
  -- and on the work itself; a link that is told twice counts once: the one that knows its share and its time
  SELECT e.customer_id, e.system_id, e.item_type, e.item_id, e.invoice_line_ref, 1,
    CAST('-infinity' AS timestamptz), CAST('infinity' AS timestamptz)
  FROM entry e
  WHERE e.invoice_line_ref IS NOT NULL
    AND (e.customer_id, e.system_id, e.item_type, e.item_id, e.invoice_line_ref)
        NOT IN (SELECT t.customer_id, t.system_id, t.item_type, t.item_id, t.line_id FROM told t WHERE t.stands)
),
linked AS (
  SELECT
    k.customer_id, k.system_id, k.item_type, k.item_id, k.line_id, l.invoice_ref AS invoice_id, k.share, k.linked_at,
    least(k.unlinked_at, l.deleted_at) AS unlinked_at, i.drafted_at, i.posted_at, i.voided_at, i.deleted_at,
    -- linked to a line or an invoice that we have not read, or whose state nobody knows: neither billed nor unbilled
    i.invoice_id IS NULL AND l.deleted_at IS NULL OR i.is_unknown AS is_unknown
  FROM link k
  LEFT JOIN biz.invoice_line l ON l.customer_id = CAST(:customer_id AS int) AND l.system_id = k.system_id AND l.source_id = k.line_id
  LEFT JOIN kpi.invoice_life i ON i.customer_id = CAST(:customer_id AS int) AND i.system_id = k.system_id AND i.invoice_id = l.invoice_ref
  WHERE i.is_credit IS NOT TRUE
),
phased AS (
  SELECT
    k.customer_id, k.system_id, k.item_type, k.item_id, k.line_id, k.invoice_id, k.share, p.phase,
    greatest(p.from_at, k.linked_at) AS from_at, least(p.to_at, k.unlinked_at) AS to_at
  FROM linked k
  CROSS JOIN LATERAL (VALUES
    ('unknown', CASE WHEN k.is_unknown THEN coalesce(k.drafted_at, CAST('-infinity' AS timestamptz)) END,
                least(k.deleted_at, CAST('infinity' AS timestamptz))),
    ('draft', CASE WHEN NOT k.is_unknown THEN k.drafted_at END, least(k.posted_at, k.voided_at, k.deleted_at)),
    ('billed', CASE WHEN NOT k.is_unknown THEN k.posted_at END, least(k.voided_at, k.deleted_at)),
    ('cancelled', CASE WHEN NOT k.is_unknown THEN k.voided_at END, k.deleted_at)
  ) p (phase, from_at, to_at)
  WHERE p.from_at IS NOT NULL AND greatest(p.from_at, k.linked_at) < least(p.to_at, k.unlinked_at)
),
-- one pile instead of joins: its cost follows the number of pieces, whatever the planner thinks of it
pile AS (
  SELECT
    e.customer_id, e.system_id, e.item_type, e.item_id, true AS is_entry, e.project_ref, e.worked_on, e.minutes, e.rate, e.charge,
    e.is_estimated, e.currency, e.billable, e.bill_state, e.approval_state, e.approval_precision, e.entered_at, e.submitted_at,
    e.approved_at, e.written_off_at, e.deleted_at, e.source_updated_at, e.first_seen_at, e.last_seen_at,
    CAST(NULL AS timestamptz) AS not_billable_at, CAST(NULL AS timestamptz) AS history_written_off_at,
    CAST(NULL AS timestamptz) AS history_billed_at, CAST(NULL AS text) AS phase, CAST(NULL AS timestamptz) AS from_at,
    CAST(NULL AS timestamptz) AS to_at, CAST(NULL AS numeric) AS share, CAST(NULL AS text) AS invoice_id, CAST(NULL AS text) AS line_id
  FROM entry e
  UNION ALL
  SELECT h.customer_id, h.system_id, h.item_type, h.item_id, false, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    h.not_billable_at, h.written_off_at, h.billed_at, NULL, NULL, NULL, NULL, NULL, NULL
  FROM history h
  UNION ALL
  SELECT p.customer_id, p.system_id, p.item_type, p.item_id, false, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, p.phase, p.from_at, p.to_at, p.share, p.invoice_id, p.line_id
  FROM phased p
),
gathered AS (
  SELECT
    p.customer_id, p.system_id, p.item_type, p.item_id, max(p.project_ref) AS project_ref, max(p.worked_on) AS worked_on,
    max(p.minutes) AS minutes, max(p.rate) AS rate, max(p.charge) AS charge, bool_or(p.is_estimated) AS is_estimated,
    max(p.currency) AS currency, bool_or(p.billable) AS billable, max(p.bill_state) AS bill_state,
    max(p.approval_state) AS approval_state, max(p.approval_precision) AS approval_precision, max(p.entered_at) AS entered_at,
    max(p.submitted_at) AS submitted_at, max(p.approved_at) AS approved_at, max(p.written_off_at) AS written_off_at,
    max(p.deleted_at) AS deleted_at, max(p.source_updated_at) AS source_updated_at, max(p.first_seen_at) AS first_seen_at,
    max(p.last_seen_at) AS last_seen_at, max(p.not_billable_at) AS not_billable_at,
    max(p.history_written_off_at) AS history_written_off_at, max(p.history_billed_at) AS history_billed_at,
    array_agg(p.phase ORDER BY p.from_at, p.line_id, p.phase) FILTER (WHERE p.phase IS NOT NULL) AS phases,
    array_agg(p.from_at ORDER BY p.from_at, p.line_id, p.phase) FILTER (WHERE p.phase IS NOT NULL) AS froms,
    array_agg(p.to_at ORDER BY p.from_at, p.line_id, p.phase) FILTER (WHERE p.phase IS NOT NULL) AS tos,
    array_agg(p.share ORDER BY p.from_at, p.line_id, p.phase) FILTER (WHERE p.phase IS NOT NULL) AS shares,
    array_agg(p.invoice_id ORDER BY p.from_at, p.line_id, p.phase) FILTER (WHERE p.phase IS NOT NULL) AS invoices,
    bool_or(p.line_id IS NOT NULL) AS is_linked,
    CASE WHEN sum(p.share) FILTER (WHERE p.phase = 'billed' AND p.to_at = 'infinity') >= 1
      THEN max(p.from_at) FILTER (WHERE p.phase = 'billed' AND p.to_at = 'infinity') END AS billed_for_good_at
  FROM pile p
  GROUP BY p.customer_id, p.system_id, p.item_type, p.item_id
  HAVING bool_or(p.is_entry)
),
lived AS (
  SELECT
    g.*,
    round(coalesce(g.charge, g.minutes * g.rate / 60),
          CASE WHEN g.currency IN ('JPY', 'KRW', 'VND', 'CLP', 'ISK', 'UGX', 'XAF', 'XOF', 'XPF', 'PYG', 'RWF', 'KMF', 'GNF', 'DJF',
                                   'BIF', 'VUV', 'AFN', 'ALL', 'IQD', 'IRR', 'LAK', 'LBP', 'MGA', 'MMK', 'RSD', 'SOS', 'SYP',
                                   'YER', 'KPW', 'SLL') THEN 0
               WHEN g.currency IN ('BHD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
               WHEN g.currency IN ('CLF', 'UYW') THEN 4
               ELSE 2 END) AS worth,
    -- work planned for tomorrow is not yet work
    greatest(coalesce(g.entered_at, g.submitted_at, g.approved_at, CAST('-infinity' AS timestamptz)),
             CAST(g.worked_on AS timestamp) AT TIME ZONE c.time_zone) AS opens_at,
    CASE WHEN g.approval_state IN ('submitted', 'approved')
      THEN coalesce(g.submitted_at, g.approved_at, g.entered_at, g.first_seen_at) END AS handed_in_at,
    CASE WHEN g.approval_state = 'approved'
           OR g.approval_state = 'unknown' AND (g.approved_at IS NOT NULL OR g.approval_precision = 'entered')
      THEN coalesce(g.approved_at, g.entered_at, g.first_seen_at) END AS released_at,
    g.approval_state = 'unknown' AND g.approved_at IS NULL AND g.approval_precision IS DISTINCT FROM 'entered' AS is_approval_unknown,
    least(CASE WHEN g.bill_state = 'written_off'
            THEN coalesce(g.written_off_at, g.history_written_off_at, g.source_updated_at, g.last_seen_at) END,
          CASE WHEN NOT g.billable OR g.bill_state = 'not_billable' THEN g.not_billable_at END,
          g.deleted_at) AS gone_at,
    -- the system says billed and names no invoice: billed since it said so
    CASE WHEN g.bill_state = 'billed' AND g.is_linked IS NOT TRUE
      THEN coalesce(g.history_billed_at, g.source_updated_at, g.last_seen_at) END AS said_billed_at
  FROM gathered g
  JOIN ops.customer c ON c.customer_id = g.customer_id
  -- never billable, as far back as anybody has seen: no part of this at all
  WHERE g.billable AND g.bill_state IS DISTINCT FROM 'not_billable' OR g.not_billable_at IS NOT NULL
)
INSERT INTO kpi.work (
  customer_id, system_id, item_type, item_id, project_ref, account_ref, worked_on, hours, amount, currency, value_basis, opens_at, submitted_at,
  approved_at, approval_precision, is_approval_unknown, leaves_at, left_how, settled_at, phase, phase_from, phase_to, phase_share,
  phase_invoice)
SELECT
  l.customer_id, l.system_id, l.item_type, l.item_id, l.project_ref, coalesce(a.merged_into_ref, p.account_ref), l.worked_on,
  round(l.minutes / 60, 6),
  CASE WHEN l.currency IS NOT NULL THEN l.worth END, l.currency,
  CASE WHEN l.worth IS NULL OR l.currency IS NULL THEN 'unknown' WHEN l.is_estimated THEN 'estimated' ELSE 'exact' END,
  l.opens_at,
  coalesce(l.handed_in_at, CAST('infinity' AS timestamptz)),
  coalesce(l.released_at, CAST('infinity' AS timestamptz)),
  CASE WHEN l.approved_at IS NOT NULL THEN coalesce(l.approval_precision, 'field')
       WHEN l.entered_at IS NOT NULL THEN 'entered' ELSE 'observed' END,
  l.is_approval_unknown,
  coalesce(l.gone_at, CAST('infinity' AS timestamptz)),
  CASE
    WHEN l.gone_at IS NULL THEN NULL
    WHEN l.bill_state = 'written_off' AND l.gone_at IS DISTINCT FROM l.deleted_at THEN 'written_off'
    WHEN l.gone_at = l.not_billable_at THEN 'not_billable'
    ELSE 'deleted'
  END,
  coalesce(least(l.gone_at, l.billed_for_good_at, l.said_billed_at), CAST('infinity' AS timestamptz)),
  CASE WHEN l.said_billed_at IS NOT NULL THEN ARRAY['billed'] ELSE coalesce(l.phases, '{}') END,
  CASE WHEN l.said_billed_at IS NOT NULL THEN ARRAY[l.said_billed_at] ELSE coalesce(l.froms, '{}') END,
  CASE WHEN l.said_billed_at IS NOT NULL THEN ARRAY[CAST('infinity' AS timestamptz)] ELSE coalesce(l.tos, '{}') END,
  CASE WHEN l.said_billed_at IS NOT NULL THEN ARRAY[CAST(1 AS numeric)] ELSE coalesce(l.shares, '{}') END,
  CASE WHEN l.said_billed_at IS NOT NULL THEN ARRAY[CAST(NULL AS text)] ELSE coalesce(l.invoices, '{}') END
FROM lived l
LEFT JOIN biz.project p ON p.customer_id = CAST(:customer_id AS int) AND p.system_id = l.system_id AND p.source_id = l.project_ref
LEFT JOIN biz.account a ON a.customer_id = CAST(:customer_id AS int) AND a.system_id = l.system_id AND a.source_id = p.account_ref
