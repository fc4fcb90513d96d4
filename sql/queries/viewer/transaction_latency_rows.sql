-- The transactions behind A7, the slowest first; those that failed or never began have no value and count as infinite.
-- grain:   one row per logical transaction due in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz; row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was due); outcome text;
--          in_numerator, in_denominator, is_unknown boolean; value float8 (seconds from the first start to the last finish); amount numeric; currency, flow_key text
-- source:  view kpi.transaction
WITH
-- include: transaction_row
,
timed AS (SELECT l.*, l.duration_seconds AS seconds FROM listed l)
-- include: latency_row
