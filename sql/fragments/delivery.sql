-- Sold work that is still to be delivered: what of a project's budget was not worked by an instant.
-- expects: look (customer_id int, at timestamptz, time_zone text), one row per customer: what happened at or after `at` has not happened;
--          parameter customer_ids
-- gives:   delivery, one row per project of an account that was active before `at` and is no phase of another: left_amount (budget less the
--          contracted value of its billable work, in the budget's currency, never below zero), left_hours (of a budget in hours), ends_on,
--          outcome:
--            to deliver    something of the budget is left
--            delivered     nothing is
--            unknown       no budget, work of unknown value or in another currency, or closed and nobody knows since when
-- source:  [ours] product.md: backlog of sold work; phases count with the project that holds the budget
project_work AS MATERIALIZED (
  SELECT
    w.customer_id, w.system_id, coalesce(h.parent_ref, w.project_ref) AS project_ref, sum(w.hours) AS hours, sum(w.amount) AS amount,
    count(*) FILTER (WHERE w.amount IS NULL) AS without_value, min(CAST(w.currency AS text)) AS currency, max(CAST(w.currency AS text)) AS other_currency
  FROM look k
  JOIN kpi.work w ON w.customer_id = k.customer_id AND w.opens_at < k.at AND (w.leaves_at >= k.at OR w.left_how = 'written_off')
    AND CAST(w.worked_on AS timestamp) AT TIME ZONE k.time_zone < k.at
  LEFT JOIN biz.project h ON h.customer_id = w.customer_id AND h.system_id = w.system_id AND h.source_id = w.project_ref
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND w.item_type = 'time_entry'
  GROUP BY w.customer_id, w.system_id, coalesce(h.parent_ref, w.project_ref)
),
delivery AS MATERIALIZED (
  SELECT
    d.*,
    CASE
      WHEN d.is_lost_track OR coalesce(d.left_amount, d.left_hours) IS NULL THEN 'unknown'
      WHEN coalesce(d.left_amount, d.left_hours) > 0 THEN 'to deliver'
      ELSE 'delivered'
    END AS outcome
  FROM (
    SELECT
      p.customer_id, p.system_id, p.source_id AS project_id, p.number, p.name, p.account_ref, p.ends_on, m.made_at,
      p.is_active IS FALSE AND p.ends_on IS NULL AS is_lost_track, CAST(p.currency AS text) AS currency,
      CASE WHEN p.budget_amount > 0 AND p.currency IS NOT NULL AND coalesce(w.without_value, 0) = 0
          AND coalesce(w.currency = p.currency AND w.other_currency = p.currency, true)
        THEN greatest(0, p.budget_amount - coalesce(w.amount, 0)) END AS left_amount,
      CASE WHEN p.budget_hours > 0 THEN greatest(0, p.budget_hours - coalesce(w.hours, 0)) END AS left_hours
    FROM look k
    JOIN biz.project p ON p.customer_id = k.customer_id AND p.parent_ref IS NULL AND p.account_ref IS NOT NULL AND coalesce(p.deleted_at >= k.at, true)
    CROSS JOIN LATERAL (SELECT coalesce(p.created_at, p.first_seen_at) AS made_at) m
    LEFT JOIN project_work w ON w.customer_id = p.customer_id AND w.system_id = p.system_id AND w.project_ref = p.source_id
    WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.made_at < k.at
      AND EXISTS (SELECT FROM biz.time_entry t WHERE t.customer_id = p.customer_id AND t.system_id = p.system_id)
      -- closed before: nothing is to be delivered any more
      AND (p.is_active IS NOT FALSE OR coalesce(CAST(p.ends_on + 1 AS timestamp) AT TIME ZONE k.time_zone > k.at, true))
  ) d
)
