-- What became of billed work: paid, credited or still owed; the rest of the work as it is in realized.
-- expects: look (customer_id int, at timestamptz, time_zone text), one row per customer: what happened at or after `at` has not happened;
--          realized (fragment of that name); parameter customer_ids
-- gives:   collected, one row per row of realized, split where a bill is paid in part: standard, amount (of its bill, without tax; null: on
--          none), outcome:
--            collected     paid, or called paid by the system
--            credited      taken off the bill by a credit note
--            owed          on the bill and neither of both
--            lost, waiting, unknown as in realized; unknown too: a bill of which nobody can tell what is paid
-- source:  [ours] metrics.md C13; a payment counts for the lines of its invoice in proportion, tax included on both sides
cut AS (SELECT k.customer_id, k.at, k.time_zone FROM look k),
-- include: receivable
,
bill_paid AS MATERIALIZED (
  SELECT
    o.customer_id, o.system_id, o.invoice_id, o.is_unknown, b.gross,
    least(1, greatest(0, coalesce(m.paid, 0) / nullif(b.gross, 0))) AS paid_share,
    least(1, greatest(0, coalesce(m.credited, 0) / nullif(b.gross, 0))) AS credited_share
  FROM owed o
  JOIN bill b ON b.customer_id = o.customer_id AND b.system_id = o.system_id AND b.invoice_id = o.invoice_id
  LEFT JOIN (
    SELECT
      v.customer_id, v.system_id, v.invoice_id, -sum(v.amount) FILTER (WHERE v.kind IN ('paid', 'settled')) AS paid,
      -sum(v.amount) FILTER (WHERE v.kind = 'credited') AS credited
    FROM movement v
    GROUP BY v.customer_id, v.system_id, v.invoice_id
  ) m ON m.customer_id = o.customer_id AND m.system_id = o.system_id AND m.invoice_id = o.invoice_id
  WHERE NOT b.is_credit
),
collected AS MATERIALIZED (
  SELECT
    r.customer_id, r.system_id, r.item_type, r.item_id, r.project_ref, r.account_ref, r.worked_on, r.currency, r.invoice_id, r.hours,
    r.standard, r.billed AS amount, CASE WHEN r.outcome = 'billed' THEN 'unknown' ELSE r.outcome END AS outcome, r.lost_how
  FROM realized r
  LEFT JOIN bill_paid p ON p.customer_id = r.customer_id AND p.system_id = r.system_id AND p.invoice_id = r.invoice_id
  WHERE r.outcome <> 'billed' OR coalesce(p.is_unknown, true) OR p.paid_share IS NULL
  UNION ALL
  SELECT
    r.customer_id, r.system_id, r.item_type, r.item_id, r.project_ref, r.account_ref, r.worked_on, r.currency, r.invoice_id,
    r.hours * s.share, x.standard, x.amount, s.outcome, NULL
  FROM realized r
  JOIN bill_paid p ON p.customer_id = r.customer_id AND p.system_id = r.system_id AND p.invoice_id = r.invoice_id
    AND NOT p.is_unknown AND p.paid_share IS NOT NULL
  CROSS JOIN LATERAL (SELECT p.paid_share AS paid, least(p.credited_share, 1 - p.paid_share) AS credited) k
  CROSS JOIN LATERAL (  -- the last part takes what rounding leaves
    VALUES ('collected', k.paid, 0), ('credited', k.credited, k.paid), ('owed', 1 - k.paid - k.credited, k.paid + k.credited)
  ) s (outcome, share, before)
  CROSS JOIN LATERAL (
    SELECT
      round(r.standard * (s.before + s.share), 4) - round(r.standard * s.before, 4) AS standard,
      round(r.billed * (s.before + s.share), 4) - round(r.billed * s.before, 4) AS amount
  ) x
  WHERE r.outcome = 'billed' AND s.share > 0
)
