-- Finds every cell by its key: how many are dirty is never known to the planner, and a scan of a table for a handful of them
-- is what it chooses when it guesses wrong.
-- grain:   one row
-- params:  none
-- columns: seq_scan, hash_join, merge_join text
-- source:  the settings go with the transaction
SELECT
  set_config('enable_seqscan', 'off', true) AS seq_scan,
  set_config('enable_hashjoin', 'off', true) AS hash_join,
  set_config('enable_mergejoin', 'off', true) AS merge_join
