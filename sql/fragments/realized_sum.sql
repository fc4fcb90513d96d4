-- What became of the standard value of work, by part.
-- expects: realized (fragment of that name); parameters customer_ids, by (account, project, system, month or null)
-- gives:   realized_sum, one row per customer and part by pieces of work (currency null), and one more per currency by value; work_name
-- source:  as realized
-- include: work_name
,
realized_part AS MATERIALIZED (
  SELECT
    r.*,
    CASE CAST(:by AS text)
      WHEN 'project' THEN r.system_id || ' ' || coalesce(r.project_ref, '')
      WHEN 'account' THEN r.system_id || ' ' || coalesce(r.account_ref, '')
      WHEN 'system' THEN r.system_id || ' '
      WHEN 'month' THEN to_char(r.worked_on, 'YYYY-MM')
      ELSE ''
    END AS part
  FROM realized r
),
realized_sum AS MATERIALIZED (  -- by count (currency null) and by value
  SELECT
    p.customer_id, p.part, m.currency,
    coalesce(sum(CASE WHEN m.currency IS NULL THEN 1 ELSE p.billed END) FILTER (WHERE p.outcome = 'billed'), 0) AS billed,
    coalesce(sum(m.weight) FILTER (WHERE p.outcome = 'billed'), 0) AS billed_standard,
    coalesce(sum(m.weight) FILTER (WHERE p.outcome = 'lost'), 0) AS lost,
    coalesce(sum(m.weight) FILTER (WHERE p.outcome = 'waiting'), 0) AS waiting,
    coalesce(sum(m.weight) FILTER (WHERE p.lost_how = 'old'), 0) AS lost_old,
    count(*) FILTER (WHERE p.outcome = 'unknown') AS unknown, count(*) FILTER (WHERE p.outcome <> 'unknown') AS sample
  FROM realized_part p
  CROSS JOIN LATERAL (
    SELECT CAST(NULL AS text) AS currency, CAST(1 AS numeric) AS weight
    UNION ALL
    SELECT p.currency, p.standard WHERE p.currency IS NOT NULL
  ) m
  GROUP BY p.customer_id, p.part, m.currency
)
