-- One recount of a customer at a time, beside those of others.
-- grain:   one row
-- params:  customer_ids int[]
-- columns: locked bigint
-- source:  not while a recount is prepared; in the order of the customers, so that no two wait for each other; the locks go
--          with the transaction
WITH nobody_prepares AS MATERIALIZED (
  SELECT pg_advisory_xact_lock_shared(7305412)
), locked AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(7305412, c.customer_id)
  FROM (SELECT unnest(CAST(:customer_ids AS int[])) AS customer_id ORDER BY 1) c
  WHERE (SELECT count(*) FROM nobody_prepares) = 1
)
SELECT count(*) AS locked FROM locked
