-- The invoices behind: Expected receipts, the most first.
-- grain:   one row per invoice that something is owed on
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (issued); outcome text (by the payments of its account, or of all
--          accounts; by its age alone: the day has passed; unknown); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds since
--          it was issued); amount numeric (that counts); currency, flow_key text; owed numeric; likely float8 (that it is paid by then); by_at
--          timestamptz
-- source:  as the figure's
WITH
cut AS (
  SELECT
    c.customer_id, c.time_zone, CAST(:since AS timestamptz) AS since,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: receivable
,
by_when AS (
  SELECT o.customer_id, o.system_id, o.invoice_id, c.at + interval '30 days' AS by_at, false AS is_risk
  FROM owed o
  JOIN cut c ON c.customer_id = o.customer_id
),
-- include: paying
,
-- include: paying_row
SELECT r.*
FROM paying_row r
ORDER BY r.is_unknown DESC, r.amount DESC NULLS LAST, r.customer_id, r.system_key, r.item_id
LIMIT CAST(:row_limit AS bigint)
