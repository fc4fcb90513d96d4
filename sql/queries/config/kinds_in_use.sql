-- The kinds of system that are configured.
-- grain:   one row per kind
-- params:  none
-- columns: kind text
-- source:  configuration
SELECT DISTINCT s.kind
FROM ops.system s
WHERE s.removed_at IS NULL
ORDER BY s.kind
