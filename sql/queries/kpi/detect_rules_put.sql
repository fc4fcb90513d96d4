-- Keeps the rules that are in force otherwise than the library has them, for this pass.
-- grain:   one row of pg_temp.rule per customer, rule and span
-- params:  rules jsonb
-- columns: none
-- source:  metrics.rules
INSERT INTO pg_temp.rule (customer_id, rule, valid_from, valid_to, is_enabled, severity, days, owner)
SELECT v.customer_id, v.rule, v.valid_from, coalesce(v.valid_to, 'infinity'), v.is_enabled, v.severity, v.days, v.owner
FROM jsonb_to_recordset(CAST(:rules AS jsonb)) v (
  customer_id int, rule text, valid_from timestamptz, valid_to timestamptz, is_enabled boolean, severity smallint, days int, owner text)
