-- Unbilled work, and the fees of the year before that it is measured by.
-- expects: cut (customer_id int, time_zone, cut text, at, alive_at timestamptz), one row per customer; parameter customer_ids
-- gives:   what the fragments work_standing and receivable give; unbilled, one row per piece of work that is on no bill or may be on none; fee, one
--          row per movement of an invoice: gross, and net of tax (null: not known)
-- source:  metrics.md C7 and C8
-- include: work_standing
,
-- include: receivable
,
unbilled AS MATERIALIZED (
  SELECT
    s.customer_id, s.system_id, s.item_type, s.item_id, s.project_ref, s.account_ref, s.worked_on, s.currency,
    s.hours * (1 - least(1, s.billed + s.unknown)) AS hours, s.amount - round(s.amount * least(1, s.billed + s.unknown), 4) AS amount,
    s.stage = 'approved' AND s.billed + s.unknown < 1 AS is_unbilled,
    s.stage = 'unknown' OR s.billed < 1 AND s.unknown > 0 AS is_unknown
  FROM standing s
  WHERE s.billed < 1 AND (s.stage IN ('approved', 'unknown') OR s.stage <> 'left' AND s.unknown > 0)
),
fee AS MATERIALIZED (  -- invoices without tax, less credit notes and cancellations, in the same moves as what is owed
  SELECT
    m.customer_id, m.system_id, m.invoice_id, o.number, o.account_ref, o.currency, m.kind, m.at, m.amount AS gross,
    CASE WHEN i.net IS NOT NULL AND coalesce(i.gross, i.net + i.tax) <> 0 THEN round(m.amount * abs(i.net) / abs(coalesce(i.gross, i.net + i.tax)), 4) END AS net
  FROM movement m
  JOIN cut c ON c.customer_id = m.customer_id
  JOIN owed o ON o.customer_id = m.customer_id AND o.system_id = m.system_id AND o.invoice_id = m.invoice_id AND NOT o.is_unknown
  JOIN biz.invoice i ON i.customer_id = m.customer_id AND i.system_id = m.system_id AND i.source_id = m.invoice_id
  WHERE m.kind IN ('issued', 'credited', 'cancelled') AND m.at >= c.at - interval '365 days'
)
