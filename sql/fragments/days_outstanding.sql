-- Days of sales that are not paid yet: simple, counted back month by month, the best possible, the delinquent rest, and how well was collected.
-- expects: ledger (customer_id int, part, currency text, opening, receivable, current, sales numeric, days float8, months numeric), one row
--          per part and currency: what was owed at the start and at the end, how much of that is not overdue, sales of the period, its
--          length; month_sales (customer_id, part, currency, n int, sales numeric, days float8): n 0 is the month that ends with the period
-- gives:   days_outstanding, one row per ledger row: countback, simple, best_possible, delinquent in days (null: no sales; infinity: more is
--          owed than was ever sold), effectiveness 0..1
-- source:  metrics.md C16; the count-back and Collections Effectiveness Index as the Credit Research Foundation gives them
counted_back AS (
  SELECT
    m.*, sum(greatest(m.sales, 0)) OVER so_far AS upto,
    sum(greatest(m.sales, 0)) OVER so_far - greatest(m.sales, 0) AS before
  FROM month_sales m
  WINDOW so_far AS (PARTITION BY m.customer_id, m.part, m.currency ORDER BY m.n)
),
days_outstanding AS MATERIALIZED (
  SELECT
    l.*,
    CASE
      WHEN (max(b.upto) > 0) IS NOT TRUE THEN NULL
      WHEN l.receivable <= 0 THEN 0
      WHEN max(b.upto) < l.receivable THEN CAST('infinity' AS float8)
      ELSE sum(CASE
        WHEN b.before >= l.receivable THEN 0
        WHEN b.upto <= l.receivable THEN b.days
        ELSE CAST((l.receivable - b.before) / b.sales AS float8) * b.days
      END)
    END AS countback,
    CASE WHEN l.sales > 0 THEN CAST(l.receivable / l.sales AS float8) * l.days END AS simple,
    CASE WHEN l.sales > 0 THEN CAST(l.current / l.sales AS float8) * l.days END AS best_possible,
    CASE WHEN l.sales > 0 THEN CAST((l.receivable - l.current) / l.sales AS float8) * l.days END AS delinquent,
    CASE WHEN l.opening + l.sales / l.months - l.current > 0
      THEN CAST((l.opening + l.sales / l.months - l.receivable) / (l.opening + l.sales / l.months - l.current) AS float8) END AS effectiveness
  FROM ledger l
  LEFT JOIN counted_back b ON b.customer_id = l.customer_id AND b.part = l.part AND b.currency = l.currency
  GROUP BY l.customer_id, l.part, l.currency, l.opening, l.receivable, l.current, l.sales, l.days, l.months
)
