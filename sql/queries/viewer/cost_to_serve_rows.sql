-- The minutes behind D4, the newest first, and the exceptions that people worked on without logging any.
-- grain:   one row per entry, and one per exception without one
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text (the exception); at timestamptz (when it was logged; without an entry: the last act);
--          outcome text (logged, not logged); in_numerator, in_denominator, is_unknown boolean; value float8 (minutes); amount numeric; currency,
--          flow_key text; exception_id bigint; rule text
-- source:  as the figure's
WITH
-- include: effort
,
entry AS (
  SELECT e.customer_id, e.exception_id, e.event_id, e.at, e.minutes FROM effort e
  UNION ALL
  SELECT u.customer_id, u.exception_id, NULL, u.at, NULL FROM unlogged u
)
SELECT
  e.customer_id, s.key AS system_key, concat_ws(' ', e.exception_id, e.event_id) AS item_id, x.title AS label, e.at,
  CASE WHEN e.minutes IS NULL THEN 'not logged' ELSE 'logged' END AS outcome,
  e.minutes IS NOT NULL AS in_numerator, false AS in_denominator, e.minutes IS NULL AS is_unknown, CAST(e.minutes AS float8) AS value,
  CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, coalesce(f.key, '(no flow)') AS flow_key, e.exception_id, x.rule
FROM entry e
JOIN ops.exception x ON x.customer_id = e.customer_id AND x.exception_id = e.exception_id
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY e.minutes IS NULL, e.at DESC, e.customer_id, e.exception_id, e.event_id
LIMIT CAST(:row_limit AS bigint)
