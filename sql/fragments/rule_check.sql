-- The house rules of records, checked on every record of a period on which they can be checked.
-- expects: look (customer_id int, at, until_at timestamptz, time_zone text), one row per customer: what happened at or after `at` has not
--          happened, until_at is the earlier of it and the end of the period; parameters customer_ids, since
-- gives:   rule_check, one row per rule and record: rule, object_type, system_id, object_id, at, project_ref, account_ref, amount, currency,
--          is_broken (null: nobody knows)
-- source:  [ours] metrics.md C11; version 1: the rules below
entry_of AS MATERIALIZED (
  SELECT
    t.customer_id, t.system_id, t.source_id, t.resource_ref, t.project_ref, t.worked_on, k.at,
    CAST(t.worked_on AS timestamp) AT TIME ZONE k.time_zone AS worked_at
  FROM look k
  JOIN biz.time_entry t ON t.customer_id = k.customer_id
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND coalesce(t.entered_at < k.at, true) AND coalesce(t.deleted_at >= k.at, true)
    AND t.worked_on >= CAST((CAST(:since AS timestamptz) AT TIME ZONE k.time_zone) AS date)
    AND CAST(t.worked_on AS timestamp) AT TIME ZONE k.time_zone < k.until_at
),
work_of AS MATERIALIZED (
  SELECT w.*, k.at AS cut_at, k.until_at, CAST(w.worked_on AS timestamp) AT TIME ZONE k.time_zone AS worked_at
  FROM look k
  JOIN kpi.work w ON w.customer_id = k.customer_id
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND w.opens_at < k.at AND w.leaves_at >= k.at
),
rule_check AS MATERIALIZED (
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
  SELECT e.customer_id, 'time without project', 'time entry', e.system_id, e.source_id, e.worked_at, e.project_ref, NULL, w.amount,
    CAST(w.currency AS text), e.project_ref IS NULL
  FROM entry_of e
  LEFT JOIN kpi.work w ON w.customer_id = e.customer_id AND w.system_id = e.system_id AND w.item_type = 'time_entry' AND w.item_id = e.source_id
  UNION ALL
  SELECT e.customer_id, 'time of an inactive person', 'time entry', e.system_id, e.source_id, e.worked_at, e.project_ref, NULL, w.amount,
    CAST(w.currency AS text),
    CASE WHEN r.ends_on IS NULL AND NOT r.is_active THEN NULL
         ELSE coalesce(e.worked_on > r.ends_on, false) OR coalesce(e.worked_on < r.starts_on, false) END
  FROM entry_of e
  JOIN biz.resource r ON r.customer_id = e.customer_id AND r.system_id = e.system_id AND r.source_id = e.resource_ref
  LEFT JOIN kpi.work w ON w.customer_id = e.customer_id AND w.system_id = e.system_id AND w.item_type = 'time_entry' AND w.item_id = e.source_id
  UNION ALL
  SELECT e.customer_id, 'time on a closed project', 'time entry', e.system_id, e.source_id, e.worked_at, e.project_ref, p.account_ref, w.amount,
    CAST(w.currency AS text), CASE WHEN p.is_active IS NOT FALSE THEN false WHEN p.ends_on IS NOT NULL THEN e.worked_on > p.ends_on END
  FROM entry_of e
  JOIN biz.project p ON p.customer_id = e.customer_id AND p.system_id = e.system_id AND p.source_id = e.project_ref
  LEFT JOIN kpi.work w ON w.customer_id = e.customer_id AND w.system_id = e.system_id AND w.item_type = 'time_entry' AND w.item_id = e.source_id
  UNION ALL
  SELECT w.customer_id, 'work without a rate', replace(w.item_type, '_', ' '), w.system_id, w.item_id, w.worked_at, w.project_ref, w.account_ref,
    w.amount, CAST(w.currency AS text), w.amount IS NULL
  FROM work_of w
  WHERE w.worked_at >= CAST(:since AS timestamptz) AND w.worked_at < w.until_at
  UNION ALL
  SELECT w.customer_id, 'billed before it was approved', replace(w.item_type, '_', ' '), w.system_id, w.item_id, b.billed_at, w.project_ref,
    w.account_ref, w.amount, CAST(w.currency AS text), CASE WHEN NOT w.is_approval_unknown THEN w.approved_at > b.billed_at END
  FROM work_of w
  CROSS JOIN LATERAL (
    SELECT min(x.from_at) AS billed_at
    FROM unnest(w.phase, w.phase_from) x (phase, from_at)
    WHERE x.phase = 'billed'
  ) b
  WHERE b.billed_at >= CAST(:since AS timestamptz) AND b.billed_at < w.until_at
  UNION ALL
  SELECT g.customer_id, 'project over budget', 'project', g.system_id, g.project_ref, g.last_at, g.project_ref, g.account_ref,
    greatest(g.amount - g.budget_amount, 0), g.currency,
    CASE WHEN g.amount IS NOT NULL AND g.budget_amount IS NOT NULL THEN g.amount > g.budget_amount
         WHEN g.budget_hours IS NOT NULL THEN g.hours > g.budget_hours END
  FROM (
    SELECT
      w.customer_id, w.system_id, w.project_ref, p.account_ref, p.budget_amount, p.budget_hours, CAST(p.currency AS text) AS currency,
      max(w.worked_at) AS last_at, sum(w.hours) AS hours,
      CASE WHEN count(*) FILTER (WHERE w.amount IS NULL OR w.currency IS DISTINCT FROM p.currency) = 0 THEN sum(w.amount) END AS amount
    FROM work_of w
    JOIN biz.project p ON p.customer_id = w.customer_id AND p.system_id = w.system_id AND p.source_id = w.project_ref
    WHERE w.worked_at < w.until_at AND (p.budget_amount > 0 OR p.budget_hours > 0)
    GROUP BY w.customer_id, w.system_id, w.project_ref, p.account_ref, p.budget_amount, p.budget_hours, p.currency
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
