-- The end of a question about incidents: those behind a duration, the longest first.
-- expects: timed (fragment acknowledged, restored or detected); parameter row_limit (null: all)
-- gives:   the rows of the question: one per incident that began in the period
SELECT
  x.customer_id, s.key AS system_key, CAST(x.exception_id AS text) AS item_id, x.title AS label, x.onset_at AS at,
  x.outcome,
  coalesce(x.cause = 1, false) AS in_numerator, x.cause IS NOT NULL AS in_denominator, x.cause IS NULL AS is_unknown,
  CASE WHEN x.cause IS NOT NULL THEN x.t END AS value,
  CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, f.key AS flow_key, x.exception_id
FROM timed x
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY x.t DESC NULLS LAST, x.onset_at, x.customer_id, x.exception_id
LIMIT CAST(:row_limit AS bigint)
