-- The opportunities behind: Time from a won opportunity to its usable project.
-- grain:   one row per opportunity that was watched or could not be judged
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (won); outcome text (ready, open, withdrawn, unknown);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (seconds, business time where a calendar is promised); amount
--          numeric; currency, flow_key, practice text
-- source:  as the figure's
WITH
-- include: ready_clock
,
-- include: deal_practice
SELECT
  p.customer_id, y.key AS system_key, p.opportunity_id AS item_id,
  concat_ws(', ', concat_ws(' ', coalesce(p.number, p.reference, p.opportunity_id), p.name), p.account) AS label,
  p.won_at AS at,
  CASE p.cause WHEN 1 THEN 'ready' WHEN 2 THEN 'withdrawn' WHEN 0 THEN 'open' ELSE 'unknown' END AS outcome,
  coalesce(p.cause = 1, false) AS in_numerator, p.cause IS NOT NULL AS in_denominator, p.cause IS NULL AS is_unknown,
  p.t AS value, p.amount, p.currency, p.flow_key, coalesce(d.practice, '(no practice)') AS practice
FROM ready_piece p
JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id
LEFT JOIN deal_practice d ON d.customer_id = p.customer_id AND d.system_id = p.system_id AND d.opportunity_id = p.opportunity_id
ORDER BY p.t DESC NULLS LAST, p.customer_id, p.opportunity_id
LIMIT CAST(:row_limit AS bigint)
