-- The names of accounts, told apart where two bear the same one.
-- expects: parameter customer_ids
-- gives:   account_name, one row per customer, system and ref
-- source:  [ours]
account_name AS MATERIALIZED (
  SELECT
    a.customer_id, a.system_id, a.source_id AS ref,
    CASE WHEN count(*) OVER (PARTITION BY a.customer_id, a.name) > 1 THEN a.name || ' (' || a.source_id || ')' ELSE a.name END AS name
  FROM biz.account a
  WHERE a.customer_id = ANY (CAST(:customer_ids AS int[]))
)
