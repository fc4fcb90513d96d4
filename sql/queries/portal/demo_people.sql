-- How many people of the demo could sign in.
-- grain:   one row
-- params:  none
-- columns: people bigint
-- source:  configuration
SELECT count(*) AS people
FROM ops.person p
WHERE p.is_demo AND p.disabled_at IS NULL AND p.password_hash IS NOT NULL
