-- The error texts that have no fingerprint yet.
-- grain:   one row per rule, workflow and text
-- params:  none
-- columns: rule, workflow, message text
-- source:  pg_temp.candidate
SELECT DISTINCT c.rule, coalesce(c.workflow, '') AS workflow, coalesce(c.message, '') AS message
FROM pg_temp.candidate c
WHERE c.fingerprint IS NULL
