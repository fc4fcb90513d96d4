-- Keeps the cells that are new or other than they were.
-- grain:   one row of kpi.age_cell
-- params:  customer_id int
-- columns: rows written
-- source:  pg_temp.age_now; run after kpi/age_forget: what is still there is as it was
INSERT INTO kpi.age_cell (customer_id, kind, project, currency, began_on, ended_on, cause, holds_from, holds_to, away_from, away_to, n, n_no_value,
  amount)
SELECT
  CAST(:customer_id AS int), n.kind, n.project, n.currency, n.began_on, n.ended_on, n.cause, n.holds_from, n.holds_to, n.away_from,
  n.away_to, n.n, n.n_no_value, n.amount
FROM pg_temp.age_now n
ON CONFLICT DO NOTHING
