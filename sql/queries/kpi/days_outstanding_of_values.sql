-- Days of sales outstanding of figures that are given, by the steps that every such figure goes through.
-- grain:   one row
-- params:  opening, receivable, current numeric; sales numeric[], days float8[]: by month, the latest first; span int: how many of them are
--          the period
-- columns: countback, simple, best_possible, delinquent float8 (days), effectiveness float8 (0..1)
-- source:  fragment days_outstanding
WITH
month_sales AS (
  SELECT 0 AS customer_id, '' AS part, '' AS currency, CAST(m.n - 1 AS int) AS n, m.sales, m.days
  FROM unnest(CAST(:sales AS numeric[]), CAST(:days AS float8[])) WITH ORDINALITY m (sales, days, n)
),
ledger AS (
  SELECT
    0 AS customer_id, '' AS part, '' AS currency, CAST(:opening AS numeric) AS opening, CAST(:receivable AS numeric) AS receivable,
    CAST(:current AS numeric) AS current, sum(m.sales) AS sales, sum(m.days) AS days, CAST(:span AS numeric) AS months
  FROM month_sales m
  WHERE m.n < CAST(:span AS int)
),
-- include: days_outstanding
SELECT d.countback, d.simple, d.best_possible, d.delinquent, d.effectiveness
FROM days_outstanding d
