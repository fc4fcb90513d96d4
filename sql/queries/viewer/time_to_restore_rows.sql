-- The incidents behind B7, the longest first.
-- grain:   one row per incident that began in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id (the exception), label text; at timestamptz (it began); outcome text; in_numerator,
--          in_denominator, is_unknown boolean; value float8 (seconds); amount numeric; currency, flow_key text; exception_id bigint
-- source:  as the figure's
WITH
-- include: restored
-- include: incident_row
