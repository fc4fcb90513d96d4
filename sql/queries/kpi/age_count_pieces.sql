-- Adds up how long the deals, bills, exceptions or incidents waited that began to on some days, from what was told of each.
-- grain:   one row of pg_temp.age_now per cell; of each project that is kept, and of all together
-- params:  customer_id int
-- columns: rows written
-- source:  kpi.age_piece, pg_temp.age_day
INSERT INTO pg_temp.age_now (kind, project, currency, began_on, ended_on, cause, holds_from, holds_to, away_from, away_to, n, n_no_value, amount)
SELECT
  d.kind, v.project, p.currency, p.began_on, p.ended_on, p.cause, p.holds_from, p.holds_to, '{}', '{}', sum(p.n), sum(p.n_no_value), sum(p.amount)
FROM pg_temp.age_day d
JOIN kpi.age_piece p ON p.customer_id = CAST(:customer_id AS int) AND p.kind = d.kind AND p.began_on = d.began_on
CROSS JOIN LATERAL (SELECT '' AS project UNION SELECT p.project) v
WHERE p.customer_id = CAST(:customer_id AS int)
GROUP BY d.kind, v.project, p.currency, p.began_on, p.ended_on, p.cause, p.holds_from, p.holds_to
