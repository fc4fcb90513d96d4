-- The incidents behind B6, the longest first.
-- grain:   one row per incident that began in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id (the exception), label text; at timestamptz (it began); outcome text; in_numerator,
--          in_denominator, is_unknown boolean; value float8 (seconds); amount numeric; currency, flow_key text; exception_id bigint
-- source:  as the figure's
WITH
-- include: incident
,
timed AS (
  SELECT i.*,
    CASE
      WHEN i.alerted_at IS NULL OR i.restored_at < i.alerted_at THEN NULL  -- over before it was in the queue
      WHEN i.acknowledged_at <= coalesce(i.restored_at, i.acknowledged_at) THEN 1
      WHEN i.restored_at IS NOT NULL THEN 2
      ELSE 0
    END AS cause,
    CAST(extract(epoch FROM greatest(interval '0', least(i.acknowledged_at, i.restored_at, l.at) - i.alerted_at)) AS float8) AS t
  FROM incident i
  CROSS JOIN incident_look l
)
SELECT
  x.customer_id, s.key AS system_key, CAST(x.exception_id AS text) AS item_id, x.title AS label, x.onset_at AS at,
  CASE x.cause WHEN 1 THEN 'acknowledged' WHEN 2 THEN 'over before anybody did' WHEN 0 THEN 'not yet' ELSE 'unknown' END AS outcome,
  coalesce(x.cause = 1, false) AS in_numerator, x.cause IS NOT NULL AS in_denominator, x.cause IS NULL AS is_unknown, x.t AS value,
  CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, f.key AS flow_key, x.exception_id
FROM timed x
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY x.t DESC NULLS LAST, x.onset_at, x.customer_id, x.exception_id
LIMIT CAST(:row_limit AS bigint)
