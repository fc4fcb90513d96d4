-- Forgets how the flows of a customer were verified, to note it anew.
-- grain:   one row of kpi.verified_flow
-- params:  customer_id int
-- columns: none
-- source:  [ours]
DELETE FROM kpi.verified_flow w
WHERE w.customer_id = CAST(:customer_id AS int)
