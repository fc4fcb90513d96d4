-- Expected receipts: what of all that is owed at the end of the period will come in within thirty days, as it did in the year before.
-- grain:   one row per customer, part and currency; a customer that is owed nothing has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, system or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (money, tax included; null: nobody can say of any of it), denominator
--          numeric (null); unknown, sample bigint (invoices); low, high float8 (if nothing or all of what nobody can say counted); owed numeric;
--          by_own_history bigint (invoices judged by their own account's payments)
-- source:  product.md, KPI 24; metrics.md 4.1 (fragments receivable, paying)
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
-- include: paying_sum
SELECT p.* FROM paying_sum p ORDER BY p.customer_id, p.part, p.currency
