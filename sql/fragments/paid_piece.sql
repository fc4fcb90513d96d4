-- How much of each piece of billed work is paid, and how much was credited.
-- expects: look (customer_id int, at timestamptz, time_zone text), one row per customer: what happened at or after `at` has not happened;
--          realized (fragment of that name); parameter customer_ids
-- gives:   paid_piece, one row per row of realized, with paid and credited: shares 0..1 of its bill (null: on none, or nobody can tell)
-- source:  [ours] metrics.md C13; a payment counts for the lines of its invoice in proportion, tax included on both sides
cut AS (SELECT k.customer_id, k.at, k.time_zone FROM look k),
-- include: receivable
,
-- bills and what moved them are brought together by grouping, the work on them by a full join: another one of rows that nobody can foretell becomes a loop
bill_paid AS MATERIALIZED (
  SELECT
    p.customer_id, p.system_id, p.invoice_id,
    least(1, greatest(0, coalesce(p.paid, 0) / nullif(p.gross, 0))) AS paid_share,
    least(1, greatest(0, coalesce(p.credited, 0) / nullif(p.gross, 0))) AS credited_share
  FROM (
    SELECT
      m.customer_id, m.system_id, m.invoice_id, bool_or(m.is_unknown) AS is_unknown, bool_or(m.is_bill) AS is_bill, max(m.gross) AS gross,
      -sum(m.amount) FILTER (WHERE m.kind IN ('paid', 'settled')) AS paid, -sum(m.amount) FILTER (WHERE m.kind = 'credited') AS credited
    FROM (
      SELECT l.customer_id, l.system_id, l.invoice_id, l.is_unclear AS is_unknown, false AS is_bill, CAST(NULL AS numeric) AS gross,
        CAST(NULL AS text) AS kind, CAST(NULL AS numeric) AS amount
      FROM known_bill l
      WHERE l.seen_at < l.cut_at
      UNION ALL
      SELECT b.customer_id, b.system_id, b.invoice_id, NULL, true, b.gross, NULL, NULL FROM bill b WHERE NOT b.is_credit
      UNION ALL
      SELECT v.customer_id, v.system_id, v.invoice_id, NULL, false, NULL, v.kind, v.amount FROM movement v
    ) m
    GROUP BY m.customer_id, m.system_id, m.invoice_id
  ) p
  WHERE p.is_bill AND NOT p.is_unknown
),
paid_piece AS (
  SELECT r.*, p.paid_share AS paid, least(p.credited_share, 1 - p.paid_share) AS credited
  FROM realized r
  FULL JOIN bill_paid p ON p.customer_id = r.customer_id AND p.system_id = r.system_id AND p.invoice_id = r.invoice_id
  WHERE coalesce(r.customer_id, 0) > 0  -- none but work
)
