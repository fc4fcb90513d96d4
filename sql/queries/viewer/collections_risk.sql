-- Collections risk: what of all that is owed at the end of the period will not be paid even ninety days after it was due.
-- grain:   one row per customer, part and currency; a customer that is owed nothing has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, system or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (money, tax included; null: nobody can say of any of it), denominator
--          numeric (null); unknown, sample bigint (invoices); low, high float8 (if nothing or all of what nobody can say counted); owed numeric;
--          by_own_history bigint (invoices judged by their own account's payments)
-- source:  product.md, KPI 33; metrics.md 4.1 (fragments receivable, paying)
WITH
-- include: period_cut
,
-- include: receivable
,
-- include: risk_by
,
-- include: paying
,
-- include: paying_sum
SELECT p.* FROM paying_sum p ORDER BY p.customer_id, p.part, p.currency
