-- Writes down how an open alert stands now.
-- grain:   one row when anything differs
-- params:  customer_id int; alert_id bigint; severity int; title text; said jsonb
-- columns: none
-- source:  alerts
UPDATE ops.alert a
SET severity = CAST(:severity AS smallint), title = CAST(:title AS text), said = CAST(:said AS jsonb)
WHERE a.customer_id = CAST(:customer_id AS int) AND a.alert_id = CAST(:alert_id AS bigint)
  AND (a.severity, a.title, a.said) IS DISTINCT FROM (CAST(:severity AS smallint), CAST(:title AS text), CAST(:said AS jsonb))
