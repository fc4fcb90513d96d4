-- The exceptions behind D4b, those that took the most first.
-- grain:   one row per exception that people worked on in the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (when it was worked on last); outcome text (closed, still_open, not
--          logged); in_numerator, in_denominator, is_unknown boolean; value float8 (minutes); amount numeric; currency, flow_key text;
--          exception_id bigint; rule, class text
-- source:  as the figure's
WITH
-- include: effort
,
subject AS (
  SELECT e.customer_id, e.exception_id, max(e.at) AS at, sum(e.minutes) AS minutes FROM effort e GROUP BY e.customer_id, e.exception_id
  UNION ALL
  SELECT u.customer_id, u.exception_id, u.at, NULL FROM unlogged u
)
SELECT
  b.customer_id, s.key AS system_key, CAST(b.exception_id AS text) AS item_id, x.title AS label, b.at,
  CASE WHEN b.minutes IS NULL THEN 'not logged'
       WHEN x.closed_at IS NULL OR x.closed_at > coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) THEN 'still_open' ELSE 'closed' END AS outcome,
  b.minutes IS NOT NULL AS in_numerator, b.minutes IS NOT NULL AS in_denominator, b.minutes IS NULL AS is_unknown, CAST(b.minutes AS float8) AS value,
  CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, coalesce(f.key, '(no flow)') AS flow_key, b.exception_id, x.rule, x.class
FROM subject b
JOIN ops.exception x ON x.customer_id = b.customer_id AND x.exception_id = b.exception_id
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY b.minutes DESC NULLS LAST, b.customer_id, b.exception_id
LIMIT CAST(:row_limit AS bigint)
