-- Opens an alert unless it is open already.
-- grain:   one row when it was opened, else none
-- params:  customer_id int; rule, cause, title text; severity int; said jsonb; exception_id bigint; at timestamptz
-- columns: alert_id bigint
-- source:  one rule and one cause at one customer
INSERT INTO ops.alert (customer_id, rule, cause, severity, title, said, exception_id, opened_at)
VALUES (CAST(:customer_id AS int), CAST(:rule AS text), CAST(:cause AS text), CAST(:severity AS smallint), CAST(:title AS text),
        CAST(:said AS jsonb), CAST(:exception_id AS bigint), CAST(:at AS timestamptz))
ON CONFLICT (customer_id, rule, cause) WHERE closed_at IS NULL DO NOTHING
RETURNING alert_id
