-- What became of billed work and of all work, by part.
-- expects: collected (fragment of that name); parameters customer_ids, by (account, project, system, month or null)
-- gives:   collected_sum, one row per customer and part by pieces of work (currency null), and one more per currency by value: collected,
--          credited, owed (of bills), collected_standard, lost, waiting (at standard value), whole (standard value of all that is judged);
--          work_name
-- source:  as collected
-- include: work_name
,
collected_sum AS MATERIALIZED (
  SELECT
    p.customer_id, p.part, m.currency,
    coalesce(sum(m.amount) FILTER (WHERE p.outcome = 'collected'), 0) AS collected,
    coalesce(sum(m.amount) FILTER (WHERE p.outcome = 'credited'), 0) AS credited,
    coalesce(sum(m.amount) FILTER (WHERE p.outcome = 'owed'), 0) AS owed,
    coalesce(sum(m.weight) FILTER (WHERE p.outcome = 'lost'), 0) AS lost,
    coalesce(sum(m.weight) FILTER (WHERE p.outcome = 'waiting'), 0) AS waiting,
    coalesce(sum(m.weight) FILTER (WHERE p.outcome <> 'unknown'), 0) AS whole,
    count(*) FILTER (WHERE p.outcome = 'unknown') AS unknown, count(*) FILTER (WHERE p.outcome = 'unknown' AND p.invoice_id IS NOT NULL) AS unknown_bills,
    count(*) FILTER (WHERE p.outcome <> 'unknown') AS sample, count(*) FILTER (WHERE p.outcome IN ('collected', 'credited', 'owed')) AS bills
  FROM (
    SELECT
      r.*,
      CASE CAST(:by AS text)
        WHEN 'project' THEN r.system_id || ' ' || coalesce(r.project_ref, '')
        WHEN 'account' THEN r.system_id || ' ' || coalesce(r.account_ref, '')
        WHEN 'system' THEN r.system_id || ' '
        WHEN 'month' THEN to_char(r.worked_on, 'YYYY-MM')
        ELSE ''
      END AS part
    FROM collected r
  ) p
  CROSS JOIN LATERAL (
    SELECT CAST(NULL AS text) AS currency, CAST(1 AS numeric) AS weight, CAST(1 AS numeric) AS amount
    UNION ALL
    SELECT p.currency, p.standard, p.amount WHERE p.currency IS NOT NULL
  ) m
  GROUP BY p.customer_id, p.part, m.currency
)
