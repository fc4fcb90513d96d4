-- Removes the cells of the days that were added up that are not as they were.
-- grain:   one row of kpi.age_cell
-- params:  customer_id int
-- columns: rows written
-- source:  pg_temp.age_day, pg_temp.age_now
DELETE FROM kpi.age_cell a
USING pg_temp.age_day d
WHERE a.customer_id = CAST(:customer_id AS int) AND a.kind = d.kind AND a.began_on = d.began_on
  AND NOT EXISTS (
    SELECT
    FROM pg_temp.age_now n
    WHERE n.kind = a.kind AND n.project = a.project AND n.currency = a.currency AND n.began_on = a.began_on AND n.ended_on = a.ended_on AND n.cause = a.cause
      AND n.holds_from = a.holds_from AND n.holds_to = a.holds_to AND n.away_from = a.away_from AND n.away_to = a.away_to AND n.n = a.n
      AND n.n_no_value = a.n_no_value
      AND n.amount = a.amount)
