-- Keeps the place up to which links were looked at.
-- grain:   one row
-- params:  customer_id int; found timestamptz
-- columns: none
-- source:  [ours]
INSERT INTO kpi.expectation_linked (customer_id, linked_until)
VALUES (CAST(:customer_id AS int), CAST(:found AS timestamptz))
ON CONFLICT (customer_id) DO UPDATE SET linked_until = excluded.linked_until
