-- Work-in-progress days, debtor days and lock-up of figures that are given, by the steps that every such figure goes through.
-- grain:   one row
-- params:  wip, fees, receivable, sales numeric; days float8
-- columns: wip_days, debtor_days, lock_up_days float8
-- source:  fragment lock_up
WITH
lock_base AS (
  SELECT
    0 AS customer_id, '' AS part, '' AS currency, CAST(:wip AS numeric) AS wip, CAST(:fees AS numeric) AS fees, CAST(:fees AS numeric) AS recent_fees,
    CAST(:receivable AS numeric) AS receivable, CAST(:sales AS numeric) AS sales, CAST(:days AS float8) AS days, CAST(:days AS float8) AS recent_days
),
-- include: lock_up
SELECT l.wip_days, l.debtor_days, l.lock_up_days
FROM lock_up l
