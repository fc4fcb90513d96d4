-- The end of a list of transactions by how long they took, the slowest first; those that failed or never began count as infinite.
-- expects: timed (what fragment transaction_row gives as listed, and seconds float8 or null); param row_limit
-- gives:   the rows of the list
-- source:  metrics.md A6, A7
SELECT
  l.customer_id, l.system_key, l.item_id, l.label, l.at, l.outcome,
  coalesce(l.seconds <= l.latency_threshold_seconds, false) AS in_numerator,
  l.seconds IS NOT NULL OR l.outcome IN ('F', 'O+', 'M') AS in_denominator,
  l.outcome = 'unknown' OR l.outcome IN ('S1', 'S2', 'S3') AND l.seconds IS NULL AS is_unknown,
  CAST(l.seconds AS float8) AS value, l.amount, l.currency, l.flow_key
FROM timed l
WHERE l.outcome IN ('S1', 'S2', 'S3', 'F', 'O+', 'M') OR l.outcome = 'unknown'
ORDER BY l.outcome IN ('F', 'O+', 'M') DESC, l.seconds DESC NULLS LAST, l.at DESC, l.item_id
LIMIT CAST(:row_limit AS int)
