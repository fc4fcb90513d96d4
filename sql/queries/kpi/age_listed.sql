-- The clocks of which days are listed.
-- grain:   one row per clock
-- params:  none
-- columns: kind text
-- source:  pg_temp.age_day
SELECT DISTINCT d.kind
FROM pg_temp.age_day d
