-- Lists all work of a customer: what its records say, and what we hold of records that say so no more.
-- grain:   one row per piece of work of one customer, into pg_temp.work_key
-- params:  customer_id int
-- columns: rows written
-- source:  the records; work_changed over all of time lists the same, by joins that no planner foresees before it has seen the tables
WITH
record AS (
  SELECT t.system_id, 'time_entry' AS item_type, t.source_id AS item_id
  FROM biz.time_entry t
  WHERE t.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, 'expense', x.source_id
  FROM biz.expense x
  WHERE x.customer_id = CAST(:customer_id AS int)
  UNION
  SELECT w.system_id, w.item_type, w.item_id
  FROM kpi.work w
  WHERE w.customer_id = CAST(:customer_id AS int)
)
INSERT INTO pg_temp.work_key (customer_id, system_id, item_type, item_id)
SELECT CAST(:customer_id AS int), r.system_id, r.item_type, r.item_id
FROM record r
