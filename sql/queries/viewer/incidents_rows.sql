-- The incidents behind B8, the latest first.
-- grain:   one row per incident that began in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id (the exception), label text; at timestamptz (it began); outcome text; in_numerator,
--          in_denominator, is_unknown boolean; value float8 (seconds it lasted; null: not over); amount numeric; currency, flow_key text; exception_id bigint
-- source:  as the figure's
WITH
-- include: incident
,
timed AS (SELECT i.* FROM incident i)
SELECT
  x.customer_id, s.key AS system_key, CAST(x.exception_id AS text) AS item_id, x.title AS label, x.onset_at AS at,
  CASE WHEN x.waived_at IS NOT NULL THEN 'waived' WHEN x.restored_at IS NOT NULL THEN 'restored' ELSE 'not yet' END AS outcome,
  true AS in_numerator, false AS in_denominator, false AS is_unknown,
  CAST(extract(epoch FROM least(x.waived_at, x.restored_at) - x.onset_at) AS float8) AS value,
  CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, f.key AS flow_key, x.exception_id
FROM timed x
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY x.onset_at DESC, x.customer_id, x.exception_id
LIMIT CAST(:row_limit AS bigint)
