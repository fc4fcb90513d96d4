-- How long one statement may take from here on in this transaction; 0: as long as it needs.
-- grain:   one row
-- params:  milliseconds text
-- columns: set_config text
-- source:  metrics.looks.AT_MOST_MS
SELECT set_config('statement_timeout', CAST(:milliseconds AS text), true)
