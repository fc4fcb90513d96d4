-- What is in danger of never becoming money, each record once however many reasons there are: no project, no draft in time, an open
-- exception, unbilled for more than 30 days.
-- expects: cut (customer_id int, cut text, at, alive_at timestamptz), one row per customer; parameter customer_ids
-- gives:   at_risk, one row per record (opportunity, time_entry, expense, milestone, invoice, change order, or what a run or quarantine names and
--          nobody can find): object_type, system_id (null: not found), object_id, reason (the first of them), reasons, since_at, amount (null: not
--          known), currency. Work on the draft of an invoice that is at risk itself is in that invoice
-- source:  metrics.md D5: deduplicated by source object; master data and schedules carry no money of their own, a quote's is the deal's, and what a
--          bill or payroll is worth is a cost. What a person waived is not open
look AS (SELECT c.customer_id, c.at, CAST('-infinity' AS timestamptz) AS won_from FROM cut c),
watch AS (SELECT c.customer_id, c.at AS settled_from, CAST('-infinity' AS timestamptz) AS due_from, c.at AS observed_to FROM cut c),
-- include: creation
,
-- include: due_piece
,
-- include: work_standing
,
waiting AS (
  SELECT
    s.customer_id, s.system_id, s.item_type, s.item_id, s.currency, s.amount - round(s.amount * least(1, s.billed + s.unknown), 4) AS amount,
    CAST((s.cut_at - interval '1 microsecond') AT TIME ZONE c.time_zone AS date) - s.worked_on AS age_days,
    CAST(s.worked_on + 31 AS timestamp) AT TIME ZONE c.time_zone AS old_at
  FROM standing s
  JOIN ops.customer c ON c.customer_id = s.customer_id
  WHERE s.stage = 'approved' AND s.billed + s.unknown < 1
),
-- include: queue_state
,
trouble AS MATERIALIZED (
  SELECT
    o.customer_id, CASE WHEN o.subject_type = 'transaction' THEN r.object_type ELSE o.subject_type END AS object_type,
    CASE WHEN o.subject_type <> 'transaction' THEN o.system_id END AS system_id,
    CASE WHEN o.subject_type = 'transaction' THEN r.object_key ELSE o.subject_id END AS object_key,
    o.occurred_at, o.amount, CAST(o.currency AS text) AS currency
  FROM cut c
  JOIN ops.exception_occurrence o ON o.customer_id = c.customer_id AND o.occurred_at < c.at AND coalesce(o.cleared_at >= c.at, true)
    AND o.subject_type IN ('transaction', 'opportunity', 'contract', 'project', 'time_entry', 'expense', 'milestone', 'invoice', 'change_order', 'record')
  LEFT JOIN queue_state q ON q.customer_id = o.customer_id AND q.exception_id = o.exception_id
-- include: run_names
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND q.state IS DISTINCT FROM 'waived'
    AND NOT (o.subject_type = 'change_order' AND coalesce(o.amount <= 0, false))  -- less work is no money in danger
    AND (o.subject_type <> 'transaction' OR r.object_type IN ('opportunity', 'project', 'time_entry', 'expense', 'milestone', 'invoice')
         OR r.object_key IS NOT NULL AND o.amount IS NOT NULL)
),
-- include: named_record
,
reason AS (  -- one pile instead of joins: its cost follows the number of records, whatever the planner thinks of it
  SELECT c.customer_id, 'opportunity' AS object_type, c.system_id, c.opportunity_id AS object_id, 1 AS rank, 'no project' AS reason,
    c.due_at AS since_at, c.amount, c.currency, 1 AS worth_rank
  FROM creation c
  WHERE c.outcome = 'missing' AND c.unwon_at >= c.looked_at
  UNION ALL
  SELECT d.customer_id, d.item_type, d.system_id, d.item_id, 2, 'no draft in time', d.limit_at, CASE WHEN d.kind <> 'time' THEN d.amount END,
    d.currency, 2
  FROM due_piece d
  WHERE d.limit_at < d.observed_to AND NOT d.is_drafted AND NOT d.is_unknown AND d.leaves_at >= d.observed_to
  UNION ALL
  SELECT t.customer_id, coalesce(n.object_type, t.object_type), coalesce(n.system_id, t.system_id), coalesce(n.object_id, t.object_key), 3,
    'exception', t.occurred_at, t.amount, t.currency, 3
  FROM trouble t
-- include: trouble_record
  WHERE t.customer_id IS NOT NULL
  UNION ALL
  SELECT w.customer_id, w.item_type, w.system_id, w.item_id, 4, CASE WHEN w.age_days > 30 THEN 'unbilled for more than 30 days' END, w.old_at, w.amount,
    w.currency, 0
  FROM waiting w
  UNION ALL
  -- what a record is worth, where its trouble does not say
  SELECT n.customer_id, n.object_type, n.system_id, n.object_id, 5, NULL, NULL, n.amount, n.currency, 4
  FROM named n
),
held AS MATERIALIZED (
  SELECT
    r.customer_id, r.object_type, r.system_id, r.object_id, min(r.rank) FILTER (WHERE r.reason IS NOT NULL) AS rank,
    min(r.since_at) FILTER (WHERE r.reason IS NOT NULL) AS since_at, string_agg(DISTINCT r.reason, ', ') AS reasons,
    (array_agg(r.reason ORDER BY r.rank) FILTER (WHERE r.reason IS NOT NULL))[1] AS reason,
    (array_agg(r.amount ORDER BY r.worth_rank, r.amount DESC) FILTER (WHERE r.amount IS NOT NULL AND r.currency IS NOT NULL))[1] AS amount,
    coalesce((array_agg(r.currency ORDER BY r.worth_rank, r.amount DESC) FILTER (WHERE r.amount IS NOT NULL AND r.currency IS NOT NULL))[1],
             min(r.currency)) AS currency
  FROM reason r
  GROUP BY r.customer_id, r.object_type, r.system_id, r.object_id
  HAVING count(r.reason) > 0
),
on_risky AS MATERIALIZED (  -- work on the drafts of invoices that are at risk themselves
  SELECT DISTINCT w.customer_id, w.item_type AS object_type, w.system_id, w.item_id AS object_id
  FROM held i
  JOIN cut c ON c.customer_id = i.customer_id
  JOIN kpi.work w ON w.customer_id = i.customer_id AND w.system_id = i.system_id AND i.object_id = ANY (w.phase_invoice)
  CROSS JOIN LATERAL unnest(w.phase, w.phase_from, w.phase_to, w.phase_invoice) x (phase, from_at, to_at, invoice_id)
  WHERE i.object_type = 'invoice' AND w.customer_id = ANY (CAST(:customer_ids AS int[])) AND x.invoice_id = i.object_id
    AND x.phase IN ('draft', 'billed') AND x.from_at < c.at AND x.to_at >= c.at
),
at_risk AS MATERIALIZED (
  SELECT h.*
  FROM held h
  WHERE (h.customer_id, h.object_type, coalesce(h.system_id, 0), h.object_id) NOT IN (
    SELECT r.customer_id, r.object_type, r.system_id, r.object_id FROM on_risky r)
)
