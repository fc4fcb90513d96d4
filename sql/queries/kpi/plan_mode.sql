-- How statements are planned until the transaction ends: anew for each question, or once for all.
-- grain:   one row
-- params:  mode text (auto, force_generic_plan, force_custom_plan)
-- columns: mode text
-- source:  PostgreSQL's plan_cache_mode
SELECT set_config('plan_cache_mode', CAST(:mode AS text), true) AS mode
