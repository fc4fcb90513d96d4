-- The records behind: Recovered value, the dearest first.
-- grain:   one row per record
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (out of trouble); outcome text (who found it, or why it is not
--          counted); in_numerator (found by us), in_denominator (with what the customer told of first), is_unknown boolean; value float8
--          (seconds from the day it was seen until it was over); amount numeric; currency, flow_key, rule text; exception_id bigint
-- source:  as the figure's
WITH
-- include: recovered
SELECT
  r.customer_id, y.key AS system_key, r.object_id AS item_id,
  concat_ws(' ', replace(r.object_type, '_', ' '), coalesce(o.number, i.number, r.object_id), coalesce(o.name, m.name)) AS label,
  r.recovered_at AS at,
  CASE r.standing
    WHEN 'theirs' THEN 'the customer told of it first'
    WHEN 'again' THEN 'in trouble again'
    WHEN 'not_proven' THEN 'not proven'
    ELSE 'found by us'
  END || CASE WHEN r.is_estimated THEN ', value estimated' ELSE '' END AS outcome,
  r.standing = 'ours' AND r.amount IS NOT NULL AND r.currency IS NOT NULL AS in_numerator,
  r.standing IN ('ours', 'theirs') AND r.amount IS NOT NULL AND r.currency IS NOT NULL AS in_denominator,
  r.standing = 'not_proven' OR r.standing <> 'again' AND (r.amount IS NULL OR r.currency IS NULL) AS is_unknown,
  CAST(extract(epoch FROM r.recovered_at - r.found_at) AS float8) AS value, r.amount,
  CASE WHEN r.amount IS NOT NULL THEN CAST(r.currency AS text) END AS currency, r.flow_key, r.rule, r.exception_id
FROM recovered r
LEFT JOIN ops.system y ON y.customer_id = r.customer_id AND y.system_id = r.system_id
LEFT JOIN biz.opportunity o ON r.object_type = 'opportunity' AND o.customer_id = r.customer_id AND o.system_id = r.system_id AND o.source_id = r.object_id
LEFT JOIN biz.invoice i ON r.object_type = 'invoice' AND i.customer_id = r.customer_id AND i.system_id = r.system_id AND i.source_id = r.object_id
LEFT JOIN biz.milestone m ON r.object_type = 'milestone' AND m.customer_id = r.customer_id AND m.system_id = r.system_id AND m.source_id = r.object_id
ORDER BY r.amount DESC NULLS LAST, r.recovered_at DESC, r.customer_id, r.object_type, r.object_id
LIMIT CAST(:row_limit AS bigint)
