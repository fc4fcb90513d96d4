-- What became of the standard value of work, by part.
-- expects: realized (fragment of that name); parameters customer_ids, by (account, project, practice, system, month or null)
-- gives:   realized_sum, one row per customer and part by pieces of work (currency null), and one more per currency by value; work_name
-- source:  as realized
-- include: work_name
,
-- include: practice_of
,
realized_per AS MATERIALIZED (
  SELECT
    p.customer_id, p.part, p.currency,
    count(*) FILTER (WHERE p.outcome = 'billed') AS n_billed, count(*) FILTER (WHERE p.outcome = 'lost') AS n_lost,
    count(*) FILTER (WHERE p.outcome = 'waiting') AS n_waiting, count(*) FILTER (WHERE p.lost_how = 'old') AS n_lost_old,
    sum(p.billed) FILTER (WHERE p.outcome = 'billed') AS billed, sum(p.standard) FILTER (WHERE p.outcome = 'billed') AS billed_standard,
    sum(p.standard) FILTER (WHERE p.outcome = 'lost') AS lost, sum(p.standard) FILTER (WHERE p.outcome = 'waiting') AS waiting,
    sum(p.standard) FILTER (WHERE p.lost_how = 'old') AS lost_old,
    count(*) FILTER (WHERE p.outcome = 'unknown') AS unknown, count(*) FILTER (WHERE p.outcome <> 'unknown') AS sample
  FROM (
    SELECT
      r.customer_id, r.currency, r.outcome, r.lost_how, r.billed, r.standard,
      CASE CAST(:by AS text)
        WHEN 'month' THEN to_char(r.worked_on, 'YYYY-MM')
        ELSE coalesce(kpi.work_part(CAST(:by AS text), r.system_id, r.project_ref, r.account_ref, o.practice), '')
      END AS part
    FROM realized r
    LEFT JOIN practice_of o ON o.customer_id = r.customer_id AND o.system_id = r.system_id AND o.project_ref = r.project_ref
    OFFSET 0
  ) p
  GROUP BY p.customer_id, p.part, p.currency
),
realized_sum AS MATERIALIZED (  -- by count (currency null) and by value
  SELECT
    r.customer_id, r.part, CAST(NULL AS text) AS currency, sum(r.n_billed) AS billed, sum(r.n_billed) AS billed_standard, sum(r.n_lost) AS lost,
    sum(r.n_waiting) AS waiting, sum(r.n_lost_old) AS lost_old, CAST(sum(r.unknown) AS bigint) AS unknown, CAST(sum(r.sample) AS bigint) AS sample
  FROM realized_per r
  GROUP BY r.customer_id, r.part
  UNION ALL
  SELECT
    r.customer_id, r.part, r.currency, coalesce(r.billed, 0), coalesce(r.billed_standard, 0), coalesce(r.lost, 0), coalesce(r.waiting, 0),
    coalesce(r.lost_old, 0), r.unknown, r.sample
  FROM realized_per r
  WHERE r.currency IS NOT NULL
)
