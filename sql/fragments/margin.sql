-- What projects earned in a period, and what that cost.
-- expects: look (customer_id int, at timestamptz, time_zone text), one row per customer: what happened at or after `at` has not happened;
--          parameters customer_ids, since, until
-- gives:   margin, one row per client project: currency, revenue, cost (null: not known), basis (recognised, milestones, work), is_unknown
--          (a rate or value that nobody knows, or money in two currencies)
-- source:  [ours] metrics.md C15: what was recognised where a schedule says so; else milestones accepted in the period, on projects that have
--          any; else approved billable work at its contracted rate. Cost: all hours at the cost of their day, expenses, purchases
span AS (
  SELECT
    k.customer_id, k.at, k.time_zone, CAST((CAST(:since AS timestamptz) AT TIME ZONE k.time_zone) AS date) AS first_day,
    CAST((least(CAST(:until AS timestamptz), k.at) - interval '1 microsecond') AT TIME ZONE k.time_zone AS date) AS last_day
  FROM look k
),
recognised AS (
  SELECT r.customer_id, r.system_id, r.project_ref, sum(r.recognised) AS amount, min(r.currency) AS currency, max(r.currency) AS other_currency,
    bool_or(r.recognised IS NULL) AS is_unknown
  FROM biz.revenue_schedule r
  JOIN span s ON s.customer_id = r.customer_id AND r.period_from >= s.first_day AND r.period_to <= s.last_day
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.deleted_at IS NULL AND r.project_ref IS NOT NULL
  GROUP BY r.customer_id, r.system_id, r.project_ref
),
milestones AS (
  SELECT
    m.customer_id, m.system_id, m.project_ref, coalesce(sum(m.amount) FILTER (WHERE d.is_done), 0) AS amount, min(coalesce(m.currency, p.currency)) AS currency,
    max(coalesce(m.currency, p.currency)) AS other_currency, coalesce(bool_or(m.amount IS NULL) FILTER (WHERE d.is_done), false) AS is_unknown
  FROM biz.milestone m
  JOIN look k ON k.customer_id = m.customer_id
  LEFT JOIN biz.project p ON p.customer_id = m.customer_id AND p.system_id = m.system_id AND p.source_id = m.project_ref
  CROSS JOIN LATERAL (
    SELECT coalesce(coalesce(m.approved_at, m.completed_at) >= CAST(:since AS timestamptz)
                    AND coalesce(m.approved_at, m.completed_at) < least(CAST(:until AS timestamptz), k.at), false) AS is_done
  ) d
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.deleted_at IS NULL AND m.project_ref IS NOT NULL
  GROUP BY m.customer_id, m.system_id, m.project_ref
),
earned AS (
  SELECT w.customer_id, w.system_id, w.project_ref, sum(w.amount) AS amount, min(w.currency) AS currency, max(w.currency) AS other_currency,
    bool_or(w.amount IS NULL) AS is_unknown
  FROM span s
  JOIN kpi.work w ON w.customer_id = s.customer_id AND w.worked_on BETWEEN s.first_day AND s.last_day AND w.approved_at < s.at AND w.leaves_at >= s.at
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND w.project_ref IS NOT NULL
  GROUP BY w.customer_id, w.system_id, w.project_ref
),
cost_of AS MATERIALIZED (
  SELECT r.customer_id, r.system_id, r.resource_ref, r.valid_from, r.rate, r.currency
  FROM biz.cost_rate r
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.deleted_at IS NULL
  UNION ALL
  -- a person known to two systems by one employee number costs in both what one of them says
  SELECT r.customer_id, me.system_id, me.source_id, r.valid_from, r.rate, r.currency
  FROM biz.cost_rate r
  JOIN biz.resource other ON other.customer_id = r.customer_id AND other.system_id = r.system_id AND other.source_id = r.resource_ref
  JOIN biz.resource me ON me.customer_id = r.customer_id AND me.system_id <> r.system_id AND upper(trim(me.employee_no)) = upper(trim(other.employee_no))
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND r.deleted_at IS NULL
),
costed AS (
  SELECT
    t.customer_id, t.system_id, t.project_ref,
    round(t.minutes / 60 * coalesce(r.rate, t.cost_rate), 4) AS amount,
    -- a cost on the entry itself is in the books' currency
    CASE WHEN r.rate IS NOT NULL THEN r.currency ELSE c.currency END AS currency
  FROM span s
  JOIN ops.customer c ON c.customer_id = s.customer_id
  JOIN biz.time_entry t ON t.customer_id = s.customer_id AND t.worked_on BETWEEN s.first_day AND s.last_day
    AND coalesce(t.entered_at < s.at, true) AND coalesce(t.deleted_at >= s.at, true) AND t.approval_state <> 'rejected'
  LEFT JOIN LATERAL (
    SELECT r.rate, r.currency
    FROM cost_of r
    WHERE r.customer_id = t.customer_id AND r.system_id = t.system_id AND r.resource_ref = t.resource_ref AND r.valid_from <= t.worked_on
    ORDER BY r.valid_from DESC
    LIMIT 1
  ) r ON true
  WHERE t.customer_id = ANY (CAST(:customer_ids AS int[])) AND t.project_ref IS NOT NULL
  UNION ALL
  SELECT x.customer_id, x.system_id, x.project_ref, x.amount, x.currency
  FROM span s
  JOIN biz.expense x ON x.customer_id = s.customer_id AND x.incurred_on BETWEEN s.first_day AND s.last_day
    AND coalesce(x.entered_at < s.at, true) AND coalesce(x.deleted_at >= s.at, true) AND x.approval_state <> 'rejected'
  WHERE x.customer_id = ANY (CAST(:customer_ids AS int[])) AND x.project_ref IS NOT NULL
  UNION ALL
  SELECT o.customer_id, o.system_id, o.project_ref, o.amount, o.currency
  FROM span s
  JOIN biz.purchase_order o ON o.customer_id = s.customer_id AND o.ordered_on BETWEEN s.first_day AND s.last_day AND o.deleted_at IS NULL
    AND coalesce(o.state NOT IN ('draft', 'cancelled', 'canceled', 'rejected'), true)
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.project_ref IS NOT NULL
),
spent AS (
  SELECT c.customer_id, c.system_id, c.project_ref, sum(c.amount) AS amount, min(c.currency) AS currency, max(c.currency) AS other_currency,
    bool_or(c.amount IS NULL OR c.currency IS NULL) AS is_unknown
  FROM costed c
  GROUP BY c.customer_id, c.system_id, c.project_ref
),
margin AS MATERIALIZED (
  SELECT
    p.customer_id, p.system_id, p.source_id AS project_ref, p.account_ref, p.number, p.name, CAST(v.currency AS text) AS currency, v.revenue, v.cost, v.basis,
    v.is_unknown OR v.revenue IS NULL OR v.cost IS NULL OR v.currency IS NULL AS is_unknown
  FROM biz.project p
  LEFT JOIN recognised r ON r.customer_id = p.customer_id AND r.system_id = p.system_id AND r.project_ref = p.source_id
  LEFT JOIN milestones m ON m.customer_id = p.customer_id AND m.system_id = p.system_id AND m.project_ref = p.source_id
  LEFT JOIN earned e ON e.customer_id = p.customer_id AND e.system_id = p.system_id AND e.project_ref = p.source_id
  LEFT JOIN spent s ON s.customer_id = p.customer_id AND s.system_id = p.system_id AND s.project_ref = p.source_id
  CROSS JOIN LATERAL (
    SELECT
      CASE WHEN r.project_ref IS NOT NULL THEN 'recognised' WHEN m.project_ref IS NOT NULL THEN 'milestones' ELSE 'work' END AS basis,
      CASE WHEN r.project_ref IS NOT NULL THEN r.currency WHEN m.project_ref IS NOT NULL THEN m.currency ELSE coalesce(e.currency, p.currency, s.currency) END AS currency
  ) b
  CROSS JOIN LATERAL (
    SELECT
      b.basis, b.currency,
      CASE b.basis WHEN 'recognised' THEN r.amount WHEN 'milestones' THEN m.amount ELSE CASE WHEN e.project_ref IS NULL THEN 0 ELSE e.amount END END AS revenue,
      CASE WHEN s.project_ref IS NULL THEN 0 ELSE s.amount END AS cost,
      CASE b.basis WHEN 'recognised' THEN r.is_unknown OR r.currency IS DISTINCT FROM r.other_currency
                   WHEN 'milestones' THEN m.is_unknown OR m.currency IS DISTINCT FROM m.other_currency
                   ELSE coalesce(e.is_unknown OR e.currency IS DISTINCT FROM e.other_currency, false) END
        OR coalesce(s.is_unknown OR s.currency IS DISTINCT FROM b.currency OR s.other_currency IS DISTINCT FROM b.currency, false) AS is_unknown
  ) v
  -- the house's own projects earn nothing and are no client's
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.account_ref IS NOT NULL
    AND (v.revenue IS DISTINCT FROM 0 OR v.cost IS DISTINCT FROM 0 OR v.is_unknown AND (r.project_ref IS NOT NULL OR e.project_ref IS NOT NULL OR s.project_ref IS NOT NULL))
)
