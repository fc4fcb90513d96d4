-- Makes the partitions of these months, where they are missing.
-- grain:   one row per month
-- params:  months date[]
-- columns: none of interest
-- source:  ops.ensure_month
SELECT ops.ensure_month(m.month)
FROM unnest(CAST(:months AS date[])) m (month)
ORDER BY m.month
