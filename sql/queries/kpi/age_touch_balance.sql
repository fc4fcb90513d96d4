-- Marks the balance of open exceptions, whose ages were added up otherwise than before.
-- grain:   one row of kpi.touched
-- params:  customer_id int
-- columns: none
-- source:  [ours]
INSERT INTO kpi.touched (customer_id, source, subject)
VALUES (CAST(:customer_id AS int), 'exception_backlog', '')
ON CONFLICT (customer_id, source, subject) DO UPDATE SET source = excluded.source
