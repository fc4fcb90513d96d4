-- What was written behind A16, what was there already first.
-- grain:   one row per project or bill of a piece of work, made in the period and still there
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was made); outcome text (first, again);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (null); amount numeric; currency, flow_key text; source_key text
-- source:  as the figure's
WITH
-- include: posted_target
SELECT
  p.customer_id, y.key AS system_key, p.item_id, p.label, p.made_at AS at, CASE WHEN p.is_extra THEN 'again' ELSE 'first' END AS outcome,
  p.is_extra AS in_numerator, true AS in_denominator, false AS is_unknown, CAST(NULL AS float8) AS value, p.amount, p.currency,
  CAST(NULL AS text) AS flow_key, p.source_key
FROM posted p
JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id
ORDER BY p.is_extra DESC, p.made_at DESC, p.customer_id, p.item_id, p.source_key
LIMIT CAST(:row_limit AS bigint)
