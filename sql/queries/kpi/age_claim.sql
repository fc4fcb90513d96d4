-- Takes the marked days of one customer; a mark made from now on is for the next time.
-- grain:   one row of pg_temp.age_day per clock and day
-- params:  customer_id int; kinds text[]
-- columns: rows written
-- source:  kpi.age_dirty
WITH
claimed AS (
  DELETE FROM kpi.age_dirty d
  WHERE d.customer_id = CAST(:customer_id AS int) AND d.kind = ANY (CAST(:kinds AS text[]))
  RETURNING d.kind, d.began_on
)
INSERT INTO pg_temp.age_day (kind, began_on)
SELECT c.kind, c.began_on FROM claimed c
