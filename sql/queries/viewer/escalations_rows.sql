-- The exceptions behind D6, the newest first.
-- grain:   one row per exception, and per alert without one, that was escalated
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (the last time); outcome text (from which severity to which, or that its
--          alert went on);
--          in_numerator, in_denominator, is_unknown boolean; value float8 (null); amount numeric; currency, flow_key text; exception_id bigint (null: of an alert without one);
--          rule, class text
-- source:  as the figure's
WITH
-- include: raised
SELECT
  x.customer_id, s.key AS system_key, coalesce(CAST(x.exception_id AS text), 'alert ' || x.alert_id) AS item_id, x.title AS label, x.at,
  coalesce('severity ' || x.was || ' to ' || x.severity, 'nobody took its alert') AS outcome, true AS in_numerator, false AS in_denominator, false AS is_unknown,
  CAST(NULL AS float8) AS value, CAST(NULL AS numeric) AS amount, CAST(NULL AS text) AS currency, coalesce(f.key, '(no flow)') AS flow_key,
  x.exception_id, x.rule, x.class
FROM subject x
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
LEFT JOIN ops.flow f ON f.customer_id = x.customer_id AND f.flow_id = x.flow_id
ORDER BY x.at DESC, x.customer_id, x.exception_id, x.alert_id
LIMIT CAST(:row_limit AS bigint)
