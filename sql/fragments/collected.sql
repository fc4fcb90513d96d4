-- What became of billed work: paid, credited or still owed; the rest of the work as it is in realized.
-- expects: look, realized and customer_ids as fragment paid_piece
-- gives:   collected, one row per row of realized, split where a bill is paid in part: standard, amount (of its bill, without tax; null: on
--          none), outcome:
--            collected     paid, or called paid by the system
--            credited      taken off the bill by a credit note
--            owed          on the bill and neither of both
--            lost, waiting, unknown as in realized; unknown too: a bill of which nobody can tell what is paid
-- source:  as paid_piece
-- include: paid_piece
,
collected AS MATERIALIZED (
  SELECT
    r.customer_id, r.system_id, r.item_type, r.item_id, r.project_ref, r.account_ref, r.worked_on, r.currency, r.invoice_id,
    r.hours * s.share AS hours, x.standard, x.amount, s.outcome, CASE WHEN s.is_whole THEN r.lost_how END AS lost_how
  FROM paid_piece r
  CROSS JOIN LATERAL (  -- the last part takes what rounding leaves
    SELECT CASE WHEN r.outcome = 'billed' THEN 'unknown' ELSE r.outcome END AS outcome, CAST(1 AS numeric) AS share, CAST(0 AS numeric) AS before,
      true AS is_whole
    WHERE r.outcome <> 'billed' OR r.paid IS NULL
    UNION ALL
    SELECT v.outcome, v.share, v.before, false
    FROM (VALUES ('collected', r.paid, 0), ('credited', r.credited, r.paid), ('owed', 1 - r.paid - r.credited, r.paid + r.credited))
      v (outcome, share, before)
    WHERE r.outcome = 'billed' AND v.share > 0
  ) s
  CROSS JOIN LATERAL (
    SELECT
      CASE WHEN s.is_whole THEN r.standard ELSE round(r.standard * (s.before + s.share), 4) - round(r.standard * s.before, 4) END AS standard,
      CASE WHEN s.is_whole THEN r.billed ELSE round(r.billed * (s.before + s.share), 4) - round(r.billed * s.before, 4) END AS amount
  ) x
)
