-- The readings behind A15, those that met a fault first.
-- grain:   one row per poll that began in the period and ended
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id (the poll), label text; at timestamptz; outcome text (answered, unknown, or the kind of
--          fault); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds it took); amount numeric; currency,
--          flow_key text (null); error text
-- source:  as the figure's
WITH
-- include: dependency_call
SELECT
  x.customer_id, x.system_key, CAST(x.poll_id AS text) AS item_id, x.system_key || ' ' || x.stream AS label, x.started_at AS at,
  CASE x.verdict WHEN 'fault' THEN replace(x.error_kind, '_', ' ') ELSE x.verdict END AS outcome,
  x.verdict = 'answered' AS in_numerator, x.verdict <> 'unknown' AS in_denominator, x.verdict = 'unknown' AS is_unknown,
  CAST(extract(epoch FROM x.finished_at - x.started_at) AS float8) AS value, CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency,
  CAST(NULL AS text) AS flow_key, x.error
FROM call x
WHERE x.is_in_period
ORDER BY x.verdict <> 'fault', x.started_at DESC, x.poll_id DESC
LIMIT CAST(:row_limit AS bigint)
