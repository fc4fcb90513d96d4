-- D3b: how much of what customers paid a year ago is still paid, leaving out what grew?
-- grain:   one row per customer and currency; one that moved to another currency has a row without, one that paid nothing then none
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); the year that ends with the period counts, whatever since is
-- columns: customer_id int; part, currency text; value float8; numerator, denominator numeric (money a month, now and a year ago); unknown bigint
--          (1: it pays in another currency); sample bigint (1); low, high float8 (null)
-- source:  metrics.md D3 (fragments fee_step, retained): a customer counts with what it paid a year ago at most
WITH
-- include: fee_step
,
-- include: retained
SELECT
  r.customer_id, '' AS part, CASE WHEN r.finish IS NOT NULL THEN r.currency END AS currency, CAST(least(r.finish, r.start) / r.start AS float8) AS value,
  CASE WHEN r.finish IS NOT NULL THEN least(r.finish, r.start) END AS numerator, CASE WHEN r.finish IS NOT NULL THEN r.start END AS denominator,
  CAST(CAST(r.finish IS NULL AS int) AS bigint) AS unknown, CAST(CAST(r.finish IS NOT NULL AS int) AS bigint) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high
FROM retained r
ORDER BY r.customer_id
