-- The invoices behind: Collections risk, the most first.
-- grain:   one row per invoice that something is owed on
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (issued); outcome text (by the payments of its account, or of all
--          accounts; by its age alone: the day has passed; unknown); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds since
--          it was issued); amount numeric (that counts); currency, flow_key text; owed numeric; likely float8 (that it is paid by then); by_at
--          timestamptz
-- source:  as the figure's
WITH
-- include: period_cut
,
-- include: receivable
,
-- include: risk_by
,
-- include: paying
,
-- include: paying_row
SELECT r.*
FROM paying_row r
ORDER BY r.is_unknown DESC, r.amount DESC NULLS LAST, r.customer_id, r.system_key, r.item_id
LIMIT CAST(:row_limit AS bigint)
