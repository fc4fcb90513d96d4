-- Approved work that waited longer than it may for its bill, by project and currency.
-- grain:   one row of pg_temp.candidate per piece of work; the cause is its project's billing
-- params:  customer_ids, everything_ids int[]; now timestamptz; days int (where pg_temp.rule has none for the day of the approval)
-- columns: rule unbilled_time; began `days` after the approval, cleared when it was billed, written off or removed
-- source:  [ours] later than a monthly billing run can explain
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, system_id, object_type, object_key, title, detail, severity, subject_type, subject_system_id,
  subject_id, occurred_at, cleared_at, amount, currency, message)
SELECT
  w.customer_id, 'unbilled_time', 'business',
  'unbilled_time:' || w.system_id || ':' || coalesce(w.project_ref, '') || ':' || coalesce(CAST(w.currency AS text), ''),
  w.system_id, 'project', coalesce(p.number, p.name, w.project_ref),
  'Approved work on ' || coalesce(p.name, 'project ' || w.project_ref, 'no project') || coalesce(' (' || a.name || ')', '')
    || ' is not billed after ' || g.days || ' days',
  NULL, 3, w.item_type, w.system_id, w.item_id, s.overdue_at, nullif(w.settled_at, CAST('infinity' AS timestamptz)),
  round(w.amount * b.waiting, 4), w.currency,
  CASE w.value_basis WHEN 'estimated' THEN 'estimated at the task''s rate' END
FROM kpi.work w
LEFT JOIN pg_temp.rule r ON r.customer_id = w.customer_id AND r.rule = 'unbilled_time' AND r.valid_from <= w.approved_at AND w.approved_at < r.valid_to
CROSS JOIN LATERAL (SELECT coalesce(r.days, CAST(:days AS int)) AS days) g
CROSS JOIN LATERAL (SELECT w.approved_at + make_interval(days => g.days) AS overdue_at) s
CROSS JOIN LATERAL (
  SELECT
    1 - least(1, coalesce(sum(x.share) FILTER (WHERE x.phase = 'billed' AND x.to_at > s.overdue_at AND w.settled_at = 'infinity'), 0)) AS waiting,
    coalesce(bool_or(x.phase = 'unknown'), false) AS is_unknown
  FROM unnest(w.phase, w.phase_to, w.phase_share) x (phase, to_at, share)
) b
LEFT JOIN biz.project p ON p.customer_id = w.customer_id AND p.system_id = w.system_id AND p.source_id = w.project_ref
LEFT JOIN biz.account a ON a.customer_id = w.customer_id AND a.system_id = w.system_id AND a.source_id = w.account_ref
WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND w.approved_at < 'infinity'
  AND s.overdue_at <= CAST(:now AS timestamptz)
  AND w.settled_at > s.overdue_at
  -- the past is settled; work that settled lately may still stand open in the queue
  AND (w.customer_id = ANY (CAST(:everything_ids AS int[])) OR w.settled_at >= CAST(:now AS timestamptz) - interval '120 days')
  AND NOT b.is_unknown
  AND b.waiting > 0
