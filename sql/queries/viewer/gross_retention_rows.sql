-- The customers behind D3b, those that paid the most first.
-- grain:   two rows per customer of the cohort: what it paid a year ago, and what counts of what it pays now; one where the currency changed
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz; outcome text (a year ago, now, another currency); in_numerator,
--          in_denominator, is_unknown boolean; value float8 (null); amount numeric; currency, flow_key text
-- source:  as the figure's
WITH
-- include: fee_step
,
-- include: retained
,
kept AS (SELECT r.*, CASE WHEN r.finish IS NOT NULL THEN least(r.finish, r.start) END AS counts FROM retained r)
-- include: retained_row
