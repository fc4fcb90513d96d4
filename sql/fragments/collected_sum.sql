-- What became of billed work and of all work, by part: added up without splitting a piece, to the cent as its rows (fragment collected) do.
-- expects: paid_piece (fragment of that name); parameters customer_ids, by (account, project, practice, system, month or null)
-- gives:   collected_sum, one row per customer and part by pieces of work (currency null), and one more per currency by value: collected,
--          credited, owed (of bills), lost, waiting (at standard value), whole (standard value of all that is judged); work_name
-- source:  as paid_piece
-- include: work_name
,
-- include: practice_of
,
collected_per AS MATERIALIZED (
  SELECT
    p.customer_id, p.part, p.currency,
    count(*) FILTER (WHERE p.paid > 0) AS n_collected, count(*) FILTER (WHERE p.credited > 0) AS n_credited, count(*) FILTER (WHERE p.settled < 1) AS n_owed,
    count(*) FILTER (WHERE p.outcome = 'lost') AS n_lost, count(*) FILTER (WHERE p.outcome = 'waiting') AS n_waiting,
    sum(round(p.billed * p.paid, 4)) AS collected, sum(round(p.billed * p.settled, 4) - round(p.billed * p.paid, 4)) AS credited,
    sum(p.billed - round(p.billed * p.settled, 4)) AS owed,
    sum(p.standard) FILTER (WHERE p.outcome = 'lost') AS lost, sum(p.standard) FILTER (WHERE p.outcome = 'waiting') AS waiting,
    sum(p.standard) FILTER (WHERE NOT p.is_unknown) AS whole,
    count(*) FILTER (WHERE p.is_unknown) AS unknown, count(*) FILTER (WHERE p.is_unknown AND p.invoice_id IS NOT NULL) AS unknown_bills
  FROM (
    SELECT
      r.customer_id, r.currency, r.invoice_id, r.outcome, r.standard, r.billed, s.paid, s.credited, s.paid + s.credited AS settled,
      r.outcome = 'unknown' OR r.outcome = 'billed' AND r.paid IS NULL AS is_unknown,
      CASE CAST(:by AS text)
        WHEN 'month' THEN to_char(r.worked_on, 'YYYY-MM')
        ELSE coalesce(kpi.work_part(CAST(:by AS text), r.system_id, r.project_ref, r.account_ref, o.practice), '')
      END AS part
    FROM paid_piece r
    LEFT JOIN practice_of o ON o.customer_id = r.customer_id AND o.system_id = r.system_id AND o.project_ref = r.project_ref
    CROSS JOIN LATERAL (
      SELECT CASE WHEN r.outcome = 'billed' THEN r.paid END AS paid, CASE WHEN r.outcome = 'billed' THEN r.credited END AS credited
    ) s
  ) p
  GROUP BY p.customer_id, p.part, p.currency
),
collected_sum AS MATERIALIZED (
  SELECT
    p.customer_id, p.part, CAST(NULL AS text) AS currency, sum(p.n_collected) AS collected, sum(p.n_credited) AS credited, sum(p.n_owed) AS owed,
    sum(p.n_lost) AS lost, sum(p.n_waiting) AS waiting, sum(p.n_collected + p.n_credited + p.n_owed + p.n_lost + p.n_waiting) AS whole,
    CAST(sum(p.unknown) AS bigint) AS unknown, CAST(sum(p.unknown_bills) AS bigint) AS unknown_bills,
    CAST(sum(p.n_collected + p.n_credited + p.n_owed + p.n_lost + p.n_waiting) AS bigint) AS sample,
    CAST(sum(p.n_collected + p.n_credited + p.n_owed) AS bigint) AS bills
  FROM collected_per p
  GROUP BY p.customer_id, p.part
  UNION ALL
  SELECT
    p.customer_id, p.part, p.currency, coalesce(p.collected, 0), coalesce(p.credited, 0), coalesce(p.owed, 0), coalesce(p.lost, 0),
    coalesce(p.waiting, 0), coalesce(p.whole, 0), p.unknown, p.unknown_bills, p.n_collected + p.n_credited + p.n_owed + p.n_lost + p.n_waiting,
    p.n_collected + p.n_credited + p.n_owed
  FROM collected_per p
  WHERE p.currency IS NOT NULL
)
