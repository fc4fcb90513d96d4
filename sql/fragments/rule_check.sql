-- The house rules of records, checked on every record of a period on which they can be checked.
-- expects: look (customer_id int, at, until_at timestamptz, time_zone text), one row per customer: what happened at or after `at` has not
--          happened, until_at is the earlier of it and the end of the period; parameters customer_ids, since
-- gives:   rule_check, one row per rule and record: rule, object_type, system_id, object_id, at, project_ref, account_ref, amount, currency
--          (of a time entry where the rule itself reads kpi.work; else it is worth what that says), is_broken (null: nobody knows)
-- source:  [ours] metrics.md C11; version 3: the rules below
-- include: setup_check
,
entry_of AS NOT MATERIALIZED (
  SELECT
    t.customer_id, t.system_id, t.source_id, t.resource_ref, t.project_ref, t.task_ref, t.billing_code, t.worked_on, k.at,
    CAST(t.worked_on AS timestamp) AT TIME ZONE k.time_zone AS worked_at
  FROM look k
  JOIN biz.time_entry t ON t.customer_id = k.customer_id
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND coalesce(t.entered_at < k.at, true) AND coalesce(t.deleted_at >= k.at, true)
    AND t.worked_on >= CAST((CAST(:since AS timestamptz) AT TIME ZONE k.time_zone) AS date)
    AND CAST(t.worked_on AS timestamp) AT TIME ZONE k.time_zone < k.until_at
),
work_of AS NOT MATERIALIZED (
  SELECT w.*, k.at AS cut_at, k.until_at, CAST(w.worked_on AS timestamp) AT TIME ZONE k.time_zone AS worked_at
  FROM look k
  JOIN kpi.work w ON w.customer_id = k.customer_id
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND w.opens_at < k.at AND w.leaves_at >= k.at
),
coded AS MATERIALIZED (  -- systems that tell billing codes
  SELECT y.customer_id, y.system_id
  FROM ops.system y
  WHERE y.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (EXISTS (SELECT FROM biz.time_entry t WHERE t.customer_id = y.customer_id AND t.system_id = y.system_id AND t.billing_code IS NOT NULL)
         OR EXISTS (SELECT FROM biz.task t WHERE t.customer_id = y.customer_id AND t.system_id = y.system_id AND t.billing_code IS NOT NULL))
),
books AS MATERIALIZED (  -- the system of record for revenue: the ERP, else billing, else the PSA
  SELECT DISTINCT ON (y.customer_id) y.customer_id, y.system_id
  FROM ops.system y
  WHERE y.customer_id = ANY (CAST(:customer_ids AS int[])) AND y.removed_at IS NULL AND y.role IN ('erp', 'billing', 'psa')
  ORDER BY y.customer_id, array_position(ARRAY['erp', 'billing', 'psa'], y.role), y.system_id
),
rule_check AS NOT MATERIALIZED (
  SELECT
    p.customer_id, 'project without contract' AS rule, 'project' AS object_type, p.system_id, p.source_id AS object_id, m.made_at AS at,
    p.source_id AS project_ref, p.account_ref, p.budget_amount AS amount, CAST(p.currency AS text) AS currency,
    n.source_id IS NULL OR coalesce(n.state IN ('draft', 'quotation', 'rejected', 'cancelled', 'canceled'), false) AS is_broken
  FROM look k
  JOIN biz.project p ON p.customer_id = k.customer_id AND p.parent_ref IS NULL AND coalesce(p.deleted_at >= k.at, true)
  CROSS JOIN LATERAL (SELECT coalesce(p.created_at, p.first_seen_at) AS made_at) m
  LEFT JOIN biz.contract n ON n.customer_id = p.customer_id AND n.system_id = p.system_id AND n.source_id = p.contract_ref AND n.deleted_at IS NULL
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.made_at >= CAST(:since AS timestamptz) AND m.made_at < k.until_at
    AND EXISTS (SELECT FROM biz.contract x WHERE x.customer_id = p.customer_id AND x.system_id = p.system_id)
  UNION ALL
  SELECT e.customer_id, v.rule, 'time entry', e.system_id, e.source_id, e.worked_at, e.project_ref, v.account_ref, NULL, NULL, v.is_broken
  FROM entry_of e
  LEFT JOIN biz.resource r ON r.customer_id = e.customer_id AND r.system_id = e.system_id AND r.source_id = e.resource_ref
  LEFT JOIN biz.project p ON p.customer_id = e.customer_id AND p.system_id = e.system_id AND p.source_id = e.project_ref
  CROSS JOIN LATERAL (VALUES
    ('time without project', true, e.project_ref IS NULL, NULL),
    ('time of an inactive person', r.source_id IS NOT NULL,
      CASE WHEN r.ends_on IS NULL AND NOT r.is_active THEN NULL
           ELSE coalesce(e.worked_on > r.ends_on, false) OR coalesce(e.worked_on < r.starts_on, false) END, NULL),
    ('time on a closed project', p.source_id IS NOT NULL,
      CASE WHEN p.is_active IS NOT FALSE THEN false WHEN p.ends_on IS NOT NULL THEN e.worked_on > p.ends_on END, p.account_ref)
  ) v (rule, is_checkable, is_broken, account_ref)
  WHERE v.is_checkable
  UNION ALL
  SELECT w.customer_id, 'work without a rate', replace(w.item_type, '_', ' '), w.system_id, w.item_id, w.worked_at, w.project_ref, w.account_ref,
    w.amount, CAST(w.currency AS text), w.amount IS NULL
  FROM work_of w
  WHERE w.worked_at >= CAST(:since AS timestamptz) AND w.worked_at < w.until_at
  UNION ALL
  SELECT w.customer_id, 'billed before it was approved', replace(w.item_type, '_', ' '), w.system_id, w.item_id, b.billed_at, w.project_ref,
    w.account_ref, w.amount, CAST(w.currency AS text), CASE WHEN NOT w.is_approval_unknown THEN w.approved_at > b.billed_at END
  FROM work_of w
  CROSS JOIN LATERAL (SELECT w.phase_from[array_position(w.phase, 'billed')] AS billed_at) b  -- phases stand in the order of time
  WHERE b.billed_at >= CAST(:since AS timestamptz) AND b.billed_at < w.until_at
  UNION ALL
  SELECT g.customer_id, 'project over budget', 'project', g.system_id, g.project_ref, g.last_at, g.project_ref, g.account_ref,
    greatest(g.amount - g.budget_amount, 0), g.currency,
    CASE WHEN g.amount IS NOT NULL AND g.budget_amount IS NOT NULL THEN g.amount > g.budget_amount
         WHEN g.budget_hours IS NOT NULL THEN g.hours > g.budget_hours END
  FROM (
    SELECT
      w.customer_id, w.system_id, w.project_ref, p.account_ref, p.budget_amount, p.budget_hours, CAST(p.currency AS text) AS currency, w.last_at, w.hours,
      CASE WHEN w.is_one_sum AND w.currency IS NOT DISTINCT FROM CAST(p.currency AS text) THEN w.amount END AS amount
    FROM (
      SELECT
        w.customer_id, w.system_id, w.project_ref, max(w.worked_at) AS last_at, sum(w.hours) AS hours, sum(w.amount) AS amount,
        min(CAST(w.currency AS text)) AS currency,
        count(*) = count(w.amount) AND (count(*) = count(w.currency) AND min(w.currency) = max(w.currency) OR count(w.currency) = 0) AS is_one_sum
      FROM work_of w
      WHERE w.worked_at < w.until_at
      GROUP BY w.customer_id, w.system_id, w.project_ref
    ) w
    JOIN biz.project p ON p.customer_id = w.customer_id AND p.system_id = w.system_id AND p.source_id = w.project_ref
    WHERE p.budget_amount > 0 OR p.budget_hours > 0
  ) g
  WHERE g.last_at >= CAST(:since AS timestamptz)
  UNION ALL
  SELECT o.customer_id, 'won without customer or value', 'opportunity', o.system_id, o.source_id, o.won_at, NULL, o.account_ref, o.amount,
    CAST(o.currency AS text), a.source_id IS NULL OR o.amount IS NULL OR o.currency IS NULL
  FROM look k
  JOIN biz.opportunity o ON o.customer_id = k.customer_id AND o.is_won AND coalesce(o.deleted_at >= k.at, true)
  LEFT JOIN biz.account a ON a.customer_id = o.customer_id AND a.system_id = o.system_id AND a.source_id = o.account_ref AND a.deleted_at IS NULL
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.won_at >= CAST(:since AS timestamptz) AND o.won_at < k.until_at
  UNION ALL
  SELECT i.customer_id, 'invoice without tax', 'invoice', i.system_id, i.source_id, i.posted_at, i.project_ref, i.account_ref, i.net,
    CAST(i.currency AS text), i.tax IS NULL
  FROM look k
  JOIN biz.invoice i ON i.customer_id = k.customer_id AND i.kind = 'invoice' AND coalesce(i.deleted_at >= k.at, true)
  WHERE i.customer_id = ANY (CAST(:customer_ids AS int[])) AND i.posted_at >= CAST(:since AS timestamptz) AND i.posted_at < k.until_at
    AND EXISTS (SELECT FROM biz.invoice x WHERE x.customer_id = i.customer_id AND x.system_id = i.system_id AND x.tax IS NOT NULL)
  UNION ALL
  SELECT e.customer_id, 'work without a billing code', 'time entry', e.system_id, e.source_id, e.worked_at, e.project_ref, NULL, w.amount,
    CAST(w.currency AS text), coalesce(e.billing_code, t.billing_code) IS NULL
  FROM entry_of e
  JOIN coded o ON o.customer_id = e.customer_id AND o.system_id = e.system_id
  LEFT JOIN biz.task t ON t.customer_id = e.customer_id AND t.system_id = e.system_id AND t.source_id = e.task_ref
  JOIN kpi.work w ON w.customer_id = e.customer_id AND w.system_id = e.system_id AND w.item_type = 'time_entry' AND w.item_id = e.source_id
  UNION ALL
  -- billed in the period, where the system tells the tax code of any account
  SELECT i.customer_id, 'account without tax settings', 'account', i.system_id, i.account_ref, min(i.posted_at), NULL, i.account_ref, NULL, NULL,
    bool_or(a.tax_code IS NULL)
  FROM look k
  JOIN biz.invoice i ON i.customer_id = k.customer_id AND i.kind = 'invoice' AND coalesce(i.deleted_at >= k.at, true)
  JOIN biz.account a ON a.customer_id = i.customer_id AND a.system_id = i.system_id AND a.source_id = i.account_ref
  WHERE i.customer_id = ANY (CAST(:customer_ids AS int[])) AND i.posted_at >= CAST(:since AS timestamptz) AND i.posted_at < k.until_at
    AND EXISTS (SELECT FROM biz.account x WHERE x.customer_id = i.customer_id AND x.system_id = i.system_id AND x.tax_code IS NOT NULL)
  GROUP BY i.customer_id, i.system_id, i.account_ref
  UNION ALL
  -- against the project of the same number in the ERP
  SELECT p.customer_id, 'cost centre differs', 'project', p.system_id, p.source_id, m.made_at, p.source_id, p.account_ref, p.budget_amount,
    CAST(p.currency AS text), NOT coalesce(upper(trim(p.cost_centre)) = ANY (q.centres), false)
  FROM look k
  JOIN biz.project p ON p.customer_id = k.customer_id AND p.parent_ref IS NULL AND coalesce(p.deleted_at >= k.at, true)
  JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id AND y.role <> 'erp'
  CROSS JOIN LATERAL (SELECT coalesce(p.created_at, p.first_seen_at) AS made_at) m
  JOIN (
    SELECT q.customer_id, upper(trim(q.number)) AS number, array_agg(DISTINCT upper(trim(q.cost_centre))) AS centres
    FROM biz.project q
    JOIN ops.system z ON z.customer_id = q.customer_id AND z.system_id = q.system_id AND z.role = 'erp'
    WHERE q.customer_id = ANY (CAST(:customer_ids AS int[])) AND q.cost_centre IS NOT NULL AND q.deleted_at IS NULL
    GROUP BY q.customer_id, upper(trim(q.number))
  ) q ON q.customer_id = p.customer_id AND q.number = upper(trim(p.number))
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.made_at >= CAST(:since AS timestamptz) AND m.made_at < k.until_at
    AND EXISTS (SELECT FROM biz.project x WHERE x.customer_id = p.customer_id AND x.system_id = p.system_id AND x.cost_centre IS NOT NULL)
  UNION ALL
  -- the books hold a schedule of the same project number and period, or nobody reads the books' schedules
  SELECT s.customer_id, 'revenue schedule outside the books', 'revenue schedule', s.system_id, s.source_id, e.ends_at, s.project_ref, p.account_ref,
    s.planned, CAST(s.currency AS text),
    CASE WHEN b.system_id = s.system_id OR g.system_id IS NOT NULL THEN false
         WHEN EXISTS (SELECT FROM kpi.stream_read r WHERE r.customer_id = s.customer_id AND r.system_id = b.system_id AND r.object = 'revenue_schedule')
           OR EXISTS (SELECT FROM biz.revenue_schedule x WHERE x.customer_id = s.customer_id AND x.system_id = b.system_id) THEN true END
  FROM look k
  JOIN biz.revenue_schedule s ON s.customer_id = k.customer_id AND coalesce(s.deleted_at >= k.at, true)
  JOIN books b ON b.customer_id = s.customer_id
  CROSS JOIN LATERAL (SELECT CAST(s.period_to + 1 AS timestamp) AT TIME ZONE k.time_zone AS ends_at) e
  LEFT JOIN biz.project p ON p.customer_id = s.customer_id AND p.system_id = s.system_id AND p.source_id = s.project_ref
  LEFT JOIN (
    SELECT DISTINCT x.customer_id, x.system_id, upper(trim(q.number)) AS number, x.period_from, x.period_to
    FROM biz.revenue_schedule x
    JOIN biz.project q ON q.customer_id = x.customer_id AND q.system_id = x.system_id AND q.source_id = x.project_ref
    WHERE x.customer_id = ANY (CAST(:customer_ids AS int[])) AND x.deleted_at IS NULL
  ) g ON g.customer_id = s.customer_id AND g.system_id = b.system_id AND g.number = upper(trim(p.number)) AND g.period_from = s.period_from
    AND g.period_to = s.period_to
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.ends_at >= CAST(:since AS timestamptz) AND e.ends_at < k.until_at
  UNION ALL
  SELECT c.customer_id, 'books closed late', 'period', c.system_id, c.source_id, d.due_at, NULL, NULL, NULL, NULL, NOT coalesce(c.closed_at < d.due_at, false)
  FROM look k
  JOIN biz.period_close c ON c.customer_id = k.customer_id AND coalesce(c.deleted_at >= k.at, true)
  CROSS JOIN LATERAL (SELECT CAST(c.due_on + 1 AS timestamp) AT TIME ZONE k.time_zone AS due_at) d
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND d.due_at >= CAST(:since AS timestamptz) AND d.due_at < k.until_at
  UNION ALL
  -- where the system links any milestone to its line
  SELECT l.customer_id, 'milestone billed by hand', 'invoice line', l.system_id, l.source_id, i.posted_at, l.project_ref, i.account_ref, l.net,
    CAST(coalesce(l.currency, i.currency) AS text),
    NOT EXISTS (SELECT FROM biz.milestone m
                WHERE m.customer_id = l.customer_id AND m.system_id = l.system_id AND m.invoice_line_ref = l.source_id)
      AND NOT EXISTS (SELECT FROM biz.billing_link b
                      WHERE b.customer_id = l.customer_id AND b.system_id = l.system_id AND b.invoice_line_ref = l.source_id AND b.object_type = 'milestone')
  FROM look k
  JOIN biz.invoice i ON i.customer_id = k.customer_id AND i.kind = 'invoice' AND coalesce(i.deleted_at >= k.at, true)
  JOIN biz.invoice_line l ON l.customer_id = i.customer_id AND l.system_id = i.system_id AND l.invoice_ref = i.source_id AND l.kind = 'milestone'
    AND l.deleted_at IS NULL
  WHERE i.customer_id = ANY (CAST(:customer_ids AS int[])) AND i.posted_at >= CAST(:since AS timestamptz) AND i.posted_at < k.until_at
    AND (EXISTS (SELECT FROM biz.milestone x
                 WHERE x.customer_id = l.customer_id AND x.system_id = l.system_id AND x.invoice_line_ref IS NOT NULL)
         OR EXISTS (SELECT FROM biz.billing_link x
                    WHERE x.customer_id = l.customer_id AND x.system_id = l.system_id AND x.object_type = 'milestone'))
  UNION ALL
  -- a missing contract has a rule of its own
  SELECT s.customer_id, 'project set up wrong', 'project', s.system_id, s.project_id, d.looked_at, s.project_id, s.account_ref, s.amount, s.currency,
    cardinality(array_remove(s.failed, 'contract')) > 0
  FROM look k
  JOIN checked s ON s.customer_id = k.customer_id AND cardinality(array_remove(s.checks, 'contract')) > 0 AND coalesce(s.deleted_at >= k.at, true)
  CROSS JOIN LATERAL (SELECT kpi.next_working_day(s.made_at, k.time_zone) AS looked_at) d
  WHERE d.looked_at >= CAST(:since AS timestamptz) AND d.looked_at < k.until_at
  UNION ALL
  -- a day after it was posted, when its lines have been read as well; every line may be a cent off
  SELECT i.customer_id, 'invoice does not add up', 'invoice', i.system_id, i.source_id, i.posted_at, i.project_ref, i.account_ref,
    greatest(abs(i.net + i.tax - i.gross), abs(l.net - i.net)), CAST(i.currency AS text),
    coalesce(abs(i.net + i.tax - i.gross) > 0.01, false) OR coalesce(abs(l.net - i.net) > 0.01 * l.lines, false)
  FROM look k
  JOIN biz.invoice i ON i.customer_id = k.customer_id AND i.kind = 'invoice' AND coalesce(i.deleted_at >= k.at, true)
    AND coalesce(i.voided_at >= k.at, true)
  LEFT JOIN (
    SELECT l.customer_id, l.system_id, l.invoice_ref, count(*) AS lines,
      CASE WHEN count(*) = count(l.net) AND count(DISTINCT l.currency) < 2 THEN sum(l.net) END AS net
    FROM biz.invoice_line l
    WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND l.deleted_at IS NULL
    GROUP BY l.customer_id, l.system_id, l.invoice_ref
  ) l ON l.customer_id = i.customer_id AND l.system_id = i.system_id AND l.invoice_ref = i.source_id
  WHERE i.customer_id = ANY (CAST(:customer_ids AS int[])) AND i.posted_at >= CAST(:since AS timestamptz)
    AND i.posted_at + interval '1 day' < k.until_at AND (i.net + i.tax + i.gross IS NOT NULL OR l.net IS NOT NULL AND i.net IS NOT NULL)
  UNION ALL
  -- of twins that are there at the end of the period all but one are too many
  SELECT d.customer_id, 'duplicate account', 'account', d.system_id, d.source_id, k.until_at - interval '1 microsecond', NULL, d.source_id, NULL, NULL,
    d.twin > 1
  FROM look k
  JOIN (
    SELECT
      a.customer_id, a.system_id, a.source_id,
      greatest(CASE WHEN a.code IS NOT NULL THEN row_number() OVER (PARTITION BY a.customer_id, a.system_id, a.code ORDER BY a.source_id) ELSE 1 END,
               CASE WHEN a.tax_id IS NOT NULL THEN row_number() OVER (PARTITION BY a.customer_id, a.system_id, a.tax_id ORDER BY a.source_id) ELSE 1 END) AS twin
    FROM kpi.account_identity a
    WHERE a.customer_id = ANY (CAST(:customer_ids AS int[])) AND (a.code IS NOT NULL OR a.tax_id IS NOT NULL)
  ) d ON d.customer_id = k.customer_id
)
