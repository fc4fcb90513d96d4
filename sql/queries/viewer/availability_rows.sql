-- The slices of agreed service time behind B1, those in which the service was down first.
-- grain:   one row per five minutes of the customer's service as a whole
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key text (null), item_id (the slice), label text; at timestamptz; outcome text (up, down, quiet);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (share that succeeded; null: nothing was due); amount numeric;
--          currency, flow_key text (null)
-- source:  as the figure's
WITH
-- include: agreed
,
part_of_flow AS (
  SELECT f.customer_id, f.flow_id, f.removed_at, '' AS part
  FROM ops.flow f
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: service_slice
SELECT
  s.customer_id, CAST(NULL AS text) AS system_key, to_char(s.slice_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS item_id,
  CASE WHEN s.valid = 0 THEN 'nothing was due' ELSE s.good || ' of ' || s.valid || ' succeeded' END AS label, s.slice_at AS at, s.verdict AS outcome,
  s.verdict = 'up' AS in_numerator, s.verdict <> 'quiet' AS in_denominator, s.verdict = 'quiet' AS is_unknown,
  CAST(s.good AS float8) / nullif(s.valid, 0) AS value, CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, CAST(NULL AS text) AS flow_key
FROM service_slice s
ORDER BY s.verdict <> 'down', s.slice_at DESC, s.customer_id
LIMIT CAST(:row_limit AS bigint)
