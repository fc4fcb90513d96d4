-- Takes the marked days of one customer; a mark made from now on is for the next time.
-- grain:   one row of pg_temp.age_day per day
-- params:  customer_id int; kind text
-- columns: rows written
-- source:  kpi.age_dirty
WITH
claimed AS (
  DELETE FROM kpi.age_dirty d
  WHERE d.customer_id = CAST(:customer_id AS int) AND d.kind = CAST(:kind AS text)
  RETURNING d.began_on
)
INSERT INTO pg_temp.age_day (began_on)
SELECT c.began_on FROM claimed c
