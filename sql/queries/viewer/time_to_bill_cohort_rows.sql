-- The work behind: Time to bill of the work approved in the period, watched until now.
-- grain:   one row per piece of work that was watched or could not be judged
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (approved); outcome text; in_numerator, in_denominator,
--          is_unknown boolean; value float8 (seconds from approval to the end of its observation); amount numeric; currency, flow_key text
-- source:  as the figure's
WITH
watch AS (
  SELECT c.customer_id, CAST(:since AS timestamptz) AS approved_from,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS approved_to,
    CAST('-infinity' AS timestamptz) AS observed_from,
    coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS observed_to
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: bill_clock
SELECT
  p.customer_id, p.system_key, p.item_id,
  concat_ws(', ', p.account, p.project, to_char(p.worked_on, 'YYYY-MM-DD'), round(p.hours, 2) || ' h') AS label,
  p.approved_at AS at,
  CASE p.cause WHEN 1 THEN 'billed' WHEN 2 THEN p.left_how WHEN 0 THEN 'open' ELSE 'unknown' END AS outcome,
  coalesce(p.cause = 1, false) AS in_numerator,
  p.cause IS NOT NULL AS in_denominator,
  p.cause IS NULL AS is_unknown,
  p.t AS value, p.amount, p.currency, CAST(NULL AS text) AS flow_key
FROM piece p
ORDER BY p.t DESC, p.customer_id, p.system_key, p.item_id
LIMIT CAST(:row_limit AS bigint)
