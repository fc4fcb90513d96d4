-- When a customer closes its books for billing next.
-- grain:   one row per customer that has agreed a cut-off
-- params:  customer_ids int[]; as_of timestamptz (as_of null: now)
-- columns: customer_id int; cut_off_at timestamptz
-- source:  metrics.triage.cut_off
SELECT k.customer_id, min(k.cut_off_at) AS cut_off_at
FROM kpi.cut_off k
WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.cut_off_at > coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
GROUP BY k.customer_id
