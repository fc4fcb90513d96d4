-- The time entries behind: Timesheet lag, the longest first.
-- grain:   one row per time entry that was watched or could not be judged
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when the wait began); outcome text (handed in, open, ended
--          otherwise, unknown); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds to the end of its observation);
--          amount numeric; currency, flow_key, practice text
-- source:  as the figure's
WITH
step AS (SELECT CAST('submission' AS text) AS name, CAST('handed in' AS text) AS done),
-- include: sheet_row
