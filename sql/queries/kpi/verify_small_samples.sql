-- Has the lists of a verification sampled by some thousand rows: enough to join them, in a tenth of the time.
-- grain:   one row
-- params:  none
-- columns: target text
-- source:  the setting goes with the transaction
SELECT set_config('default_statistics_target', '10', true) AS target
