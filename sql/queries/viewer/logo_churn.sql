-- D3c: how many of the customers that paid a year ago pay nothing any more?
-- grain:   one row per customer that paid a year ago
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); the year that ends with the period counts, whatever since is
-- columns: customer_id int; part, currency text; value float8; numerator (gone), denominator (paid a year ago) numeric; unknown bigint (0); sample
--          bigint; low, high float8 (null)
-- source:  metrics.md D3 (fragments fee_step, retained)
WITH
-- include: fee_step
,
-- include: retained
SELECT
  r.customer_id, '' AS part, CAST(NULL AS text) AS currency, CAST(CAST(coalesce(r.finish = 0, false) AS int) AS float8) AS value,
  CAST(CAST(coalesce(r.finish = 0, false) AS int) AS numeric) AS numerator, CAST(1 AS numeric) AS denominator, CAST(0 AS bigint) AS unknown,
  CAST(1 AS bigint) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high
FROM retained r
ORDER BY r.customer_id
