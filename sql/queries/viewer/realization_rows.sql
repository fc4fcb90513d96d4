-- The work behind: Realization, the billed first.
-- grain:   one row per piece of work and invoice, and one for the rest of it
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (the day of the work begins); outcome text; in_numerator,
--          in_denominator, is_unknown boolean; value float8 (hours); amount numeric (what was billed, else what it is worth); currency,
--          flow_key text; standard numeric; practice text
-- source:  as the figure's
WITH
-- include: look
,
-- include: realized
,
shown AS (
  SELECT r.*, r.outcome = 'billed' AS in_numerator, CASE WHEN r.outcome = 'billed' THEN r.billed ELSE r.standard END AS told
  FROM realized r
)
-- include: realized_row
