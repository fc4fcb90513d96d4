-- Days of fees that are locked up: in work that is not billed, and in bills that are not paid.
-- expects: lock_base (customer_id int, part, currency text, wip, fees, recent_fees, receivable, sales numeric, days, recent_days float8), one
--          row per part and currency: fees and sales of the same days, fees without and sales with tax, as wip and receivable
-- gives:   lock_up, one row per lock_base row: wip_days, recent_wip_days, debtor_days, lock_up_days (null: no fees)
-- source:  metrics.md C8: work in progress ÷ fees × days, and debtors ÷ sales × days
lock_up AS MATERIALIZED (
  SELECT
    b.*,
    CASE WHEN b.fees > 0 THEN CAST(b.wip / b.fees AS float8) * b.days END AS wip_days,
    CASE WHEN b.recent_fees > 0 THEN CAST(b.wip / b.recent_fees AS float8) * b.recent_days END AS recent_wip_days,
    CASE WHEN b.sales > 0 THEN CAST(b.receivable / b.sales AS float8) * b.days END AS debtor_days,
    CASE WHEN b.fees > 0 AND b.sales > 0 THEN CAST(b.wip / b.fees + b.receivable / b.sales AS float8) * b.days END AS lock_up_days
  FROM lock_base b
)
