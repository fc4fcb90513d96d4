-- Work that can be billed: what it is worth and the moments of its life.
-- grain:   one row per billable time entry or expense that a system has ever shown; work that was never billable is not here
-- columns: customer_id, system_id int; item_type, item_id, project_ref, task_ref text; worked_on date; hours numeric;
--          amount numeric, null when the rate or the currency is unknown; currency text; value_basis exact, estimated (the
--          task's list rate) or unknown; opens_at, submitted_at, approved_at, leaves_at timestamptz, infinity for never;
--          approval_precision history, field, entered (the system has no approval: the moment it was typed in) or
--          observed; left_how written_off, not_billable, deleted or null; is_approval_unknown boolean
-- source:  [ours] hours at the contracted rate, rounded entry by entry, halves away from zero, to the currency's minor unit
--          (CLDR), which is how an invoicing system rounds a line
CREATE VIEW kpi.billable_work WITH (security_invoker = true) AS
WITH
changed AS (  -- the moments only the history knows
  SELECT
    e.customer_id, e.system_id, e.object_type, e.source_id,
    max(e.at) FILTER (WHERE e.field = 'billable' AND e.to_value IN ('false', 'f', '0')
                         OR e.field = 'bill_state' AND e.to_value = 'not_billable') AS not_billable_at,
    max(e.at) FILTER (WHERE e.field = 'bill_state' AND e.to_value = 'written_off') AS written_off_at
  FROM biz.state_event e
  WHERE e.object_type IN ('time_entry', 'expense') AND e.field IN ('billable', 'bill_state')
  GROUP BY e.customer_id, e.system_id, e.object_type, e.source_id
),
work AS (
  SELECT
    t.customer_id, t.system_id, 'time_entry' AS item_type, t.source_id AS item_id,
    coalesce(t.project_ref, k.project_ref) AS project_ref, t.task_ref, t.worked_on,
    t.minutes, coalesce(t.rate, k.rate) AS rate, CAST(NULL AS numeric) AS charge, t.rate IS NULL AS is_estimated,
    CASE WHEN t.rate IS NOT NULL THEN coalesce(t.currency, k.currency) ELSE coalesce(k.currency, t.currency) END AS currency,
    t.billable, t.bill_state, t.approval_state, t.approval_precision,
    t.entered_at, t.submitted_at, t.approved_at, t.written_off_at, t.deleted_at,
    t.source_updated_at, t.first_seen_at, t.last_seen_at
  FROM biz.time_entry t
  LEFT JOIN biz.task k ON k.customer_id = t.customer_id AND k.system_id = t.system_id AND k.source_id = t.task_ref
  UNION ALL
  SELECT
    x.customer_id, x.system_id, 'expense', x.source_id, x.project_ref, x.task_ref, x.incurred_on,
    CAST(NULL AS numeric), CAST(NULL AS numeric), x.amount, false, x.currency,
    x.billable, x.bill_state, x.approval_state, x.approval_precision,
    x.entered_at, x.submitted_at, x.approved_at, x.written_off_at, x.deleted_at,
    x.source_updated_at, x.first_seen_at, x.last_seen_at
  FROM biz.expense x
),
lived AS (
  SELECT
    w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.task_ref, w.worked_on,
    coalesce(w.minutes / 60, 0) AS hours,
    -- cost-free work is worth 0; work without a rate is worth something that nobody has told us
    round(coalesce(w.charge, w.minutes * w.rate / 60),
          CASE WHEN w.currency IN ('JPY', 'KRW', 'VND', 'CLP', 'ISK', 'UGX', 'XAF', 'XOF', 'XPF', 'PYG', 'RWF', 'KMF', 'GNF', 'DJF',
                                   'BIF', 'VUV', 'AFN', 'ALL', 'IQD', 'IRR', 'LAK', 'LBP', 'MGA', 'MMK', 'RSD', 'SOS', 'SYP',
                                   'YER', 'KPW', 'SLL') THEN 0
               WHEN w.currency IN ('BHD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
               WHEN w.currency IN ('CLF', 'UYW') THEN 4
               ELSE 2 END) AS worth,
    w.is_estimated, CAST(w.currency AS text) AS currency,
    -- work planned for tomorrow is not yet work
    greatest(coalesce(w.entered_at, w.submitted_at, w.approved_at, CAST('-infinity' AS timestamptz)),
             CAST(w.worked_on AS timestamp) AT TIME ZONE c.time_zone) AS opens_at,
    CASE WHEN w.approval_state IN ('submitted', 'approved')
      THEN coalesce(w.submitted_at, w.approved_at, w.entered_at, w.first_seen_at) END AS submitted_at,
    CASE
      WHEN w.approval_state = 'approved' THEN coalesce(w.approved_at, w.entered_at, w.first_seen_at)
      WHEN w.approval_state = 'unknown' AND (w.approved_at IS NOT NULL OR w.approval_precision = 'entered')
        THEN coalesce(w.approved_at, w.entered_at, w.first_seen_at)
    END AS approved_at,
    CASE
      WHEN w.approved_at IS NOT NULL THEN coalesce(w.approval_precision, 'field')
      WHEN w.entered_at IS NOT NULL THEN 'entered'
      ELSE 'observed'
    END AS approval_precision,
    w.approval_state = 'unknown' AND w.approved_at IS NULL AND w.approval_precision IS DISTINCT FROM 'entered'
      AS is_approval_unknown,
    CASE WHEN w.bill_state = 'written_off'
      THEN coalesce(w.written_off_at, h.written_off_at, w.source_updated_at, w.last_seen_at) END AS written_off_at,
    CASE WHEN NOT w.billable OR w.bill_state = 'not_billable' THEN h.not_billable_at END AS not_billable_at,
    w.deleted_at
  FROM work w
  JOIN ops.customer c ON c.customer_id = w.customer_id
  LEFT JOIN changed h ON h.customer_id = w.customer_id AND h.system_id = w.system_id
    AND h.object_type = w.item_type AND h.source_id = w.item_id
  -- never billable, as far back as anybody has seen: no part of this at all
  WHERE w.billable AND w.bill_state IS DISTINCT FROM 'not_billable' OR h.not_billable_at IS NOT NULL
)
SELECT
  l.customer_id, l.system_id, l.item_type, l.item_id, l.project_ref, l.task_ref, l.worked_on, l.hours,
  CASE WHEN l.currency IS NOT NULL THEN l.worth END AS amount,
  l.currency,
  CASE WHEN l.worth IS NULL OR l.currency IS NULL THEN 'unknown' WHEN l.is_estimated THEN 'estimated' ELSE 'exact' END AS value_basis,
  l.opens_at,
  coalesce(l.submitted_at, CAST('infinity' AS timestamptz)) AS submitted_at,
  coalesce(l.approved_at, CAST('infinity' AS timestamptz)) AS approved_at,
  l.approval_precision, l.is_approval_unknown,
  coalesce(least(l.written_off_at, l.not_billable_at, l.deleted_at), CAST('infinity' AS timestamptz)) AS leaves_at,
  CASE
    WHEN least(l.written_off_at, l.not_billable_at, l.deleted_at) IS NULL THEN NULL
    WHEN l.written_off_at = least(l.written_off_at, l.not_billable_at, l.deleted_at) THEN 'written_off'
    WHEN l.not_billable_at = least(l.written_off_at, l.not_billable_at, l.deleted_at) THEN 'not_billable'
    ELSE 'deleted'
  END AS left_how
FROM lived l;
