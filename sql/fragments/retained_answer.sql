-- The end of a question about retention: what counts of what customers pay now, of what they paid a year ago.
-- expects: kept (what fragment retained gives, and counts numeric; null: it pays in another currency)
-- gives:   the rows of the question: one per customer; without currency and value, and unknown, where it pays in another currency
-- source:  as retained
SELECT
  r.customer_id, '' AS part, CASE WHEN r.counts IS NOT NULL THEN r.currency END AS currency, CAST(r.counts / r.start AS float8) AS value,
  r.counts AS numerator, CASE WHEN r.counts IS NOT NULL THEN r.start END AS denominator,
  CAST(CAST(r.counts IS NULL AS int) AS bigint) AS unknown, CAST(CAST(r.counts IS NOT NULL AS int) AS bigint) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high
FROM kept r
ORDER BY r.customer_id
