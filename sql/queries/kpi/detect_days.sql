-- Days on which more began than is usual on such a day, or less: of a flow, or of the customer where no flow stands out.
-- grain:   one row of pg_temp.candidate per flow or customer and judged day that is an alert, and one per day in the queue whose stretch is over
-- params:  customer_ids int[]; until, as_of timestamptz (the last day that was over by then is judged); judged_since timestamptz (and each since its
--          local day; null: that one); by text (flow first, then null: the customer)
-- columns: rule unusual_day; began when the day was over, cleared when the next was that is not unusual in the same way, or its flow was removed
-- source:  metrics.md A14, with fragment exception_day: not read and still learning neither begin nor end anything; its own are not counted
WITH
judged_since AS (SELECT CAST(:judged_since AS timestamptz) AS at),
-- include: exception_day
,
place AS (
  SELECT s.customer_id, min(s.system_id) AS system_id
  FROM ops.system s
  WHERE s.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY s.customer_id
),
judged AS MATERIALIZED (
  SELECT
    d.customer_id, d.day, d.y, round(exp(d.middle) - 1) AS usual, d.is_unusual, CASE WHEN d.z > 0 THEN 'more' ELSE 'fewer' END AS way,
    f.flow_id, f.key AS flow_key, f.name AS flow_name, coalesce(f.runs_system_id, p.system_id) AS system_id,
    kpi.instant(CAST(d.day + 1 AS timestamp), l.time_zone) AS over_at, d.is_alert
  FROM exception_day d
  JOIN trend_look l ON l.customer_id = d.customer_id AND d.day >= l.first_day + 2
  JOIN place p ON p.customer_id = d.customer_id
  LEFT JOIN ops.flow f ON f.customer_id = d.customer_id AND f.key = d.part AND f.removed_at IS NULL
  WHERE d.is_read AND d.z IS NOT NULL AND d.part <> '(no flow)'
)
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, flow_id, flow_name, title, detail, severity, subject_type, subject_system_id, subject_id, occurred_at,
  cleared_at, message)
SELECT
  j.customer_id, 'unusual_day', 'technical', concat_ws(':', 'unusual_day', coalesce(CAST(j.flow_id AS text), 'customer'), j.way), j.flow_id,
  j.flow_name, coalesce(j.flow_name || ': ' || j.way, initcap(j.way)) || ' exceptions than usual on such a day',
  j.y || ' began on ' || to_char(j.day, 'FMDD FMMonth YYYY') || ', and ' || j.usual || ' would be usual.', 3,
  'unusual_day', j.system_id, concat_ws(' ', j.flow_key, j.day), j.over_at, NULL, j.y || ' began; usual: ' || j.usual
FROM judged j
WHERE j.is_alert
  AND (CAST(:by AS text) = 'flow' OR NOT EXISTS (
    SELECT FROM pg_temp.candidate c
    WHERE c.customer_id = j.customer_id AND c.rule = 'unusual_day' AND c.occurred_at = j.over_at AND c.cleared_at IS NULL))
UNION ALL
SELECT
  o.customer_id, e.rule, e.class, e.fingerprint, o.flow_id, f.name, e.title, e.detail, e.severity, o.subject_type, o.system_id, o.subject_id,
  o.occurred_at, coalesce(j.over_at, greatest(f.removed_at, o.occurred_at + interval '1 microsecond')), o.message
FROM ops.exception_occurrence o
JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = coalesce(o.found_as, o.exception_id) AND e.rule = 'unusual_day'
LEFT JOIN ops.flow f ON f.customer_id = o.customer_id AND f.flow_id = o.flow_id
LEFT JOIN judged j ON j.customer_id = o.customer_id AND j.flow_id IS NOT DISTINCT FROM o.flow_id AND o.occurred_at < j.over_at
  AND NOT (j.is_unusual AND e.fingerprint LIKE '%:' || j.way)
WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.cleared_at IS NULL
  AND (j.customer_id IS NOT NULL OR f.removed_at IS NOT NULL)
