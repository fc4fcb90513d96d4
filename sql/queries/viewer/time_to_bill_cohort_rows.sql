-- The work behind: Time to bill of the work approved in the period, watched until now.
-- grain:   one row per piece of work that was watched or could not be judged
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (approved); outcome text; in_numerator, in_denominator,
--          is_unknown boolean; value float8 (seconds from approval to the end of its observation); amount numeric; currency, flow_key, practice text
-- source:  as the figure's
WITH
-- include: bill_watch_cohort
,
-- include: bill_row
