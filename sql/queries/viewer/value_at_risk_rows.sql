-- The records behind: Value at risk, the dearest first.
-- grain:   one row per record, whatever the number of its reasons
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (at risk since); outcome text (its reasons); in_numerator,
--          in_denominator, is_unknown boolean; value float8 (seconds at risk); amount numeric; currency, flow_key, project, practice text
-- source:  as the figure's
WITH
-- include: work_end
,
-- include: at_risk
-- include: place_known
SELECT
  h.customer_id, y.key AS system_key, h.object_id AS item_id,
  concat_ws(' ', replace(h.object_type, '_', ' '), coalesce(o.number, i.number, h.object_id), coalesce(o.name, m.name)) AS label,
  h.since_at AS at, h.reasons AS outcome, h.amount IS NOT NULL AND h.currency IS NOT NULL AS in_numerator, false AS in_denominator,
  h.amount IS NULL OR h.currency IS NULL AS is_unknown, CAST(extract(epoch FROM c.at - h.since_at) AS float8) AS value, h.amount, h.currency,
  CAST(NULL AS text) AS flow_key, place.project, place.practice
FROM at_risk h
JOIN cut c ON c.customer_id = h.customer_id
LEFT JOIN ops.system y ON y.customer_id = h.customer_id AND y.system_id = h.system_id
LEFT JOIN biz.opportunity o ON h.object_type = 'opportunity' AND o.customer_id = h.customer_id AND o.system_id = h.system_id AND o.source_id = h.object_id
LEFT JOIN biz.invoice i ON h.object_type = 'invoice' AND i.customer_id = h.customer_id AND i.system_id = h.system_id AND i.source_id = h.object_id
LEFT JOIN biz.milestone m ON h.object_type = 'milestone' AND m.customer_id = h.customer_id AND m.system_id = h.system_id AND m.source_id = h.object_id
CROSS JOIN LATERAL (SELECT h.customer_id, h.system_id, h.object_type, h.object_id) x
-- include: record_place
ORDER BY h.amount DESC NULLS LAST, h.since_at, h.customer_id, h.object_id
LIMIT CAST(:row_limit AS bigint)
