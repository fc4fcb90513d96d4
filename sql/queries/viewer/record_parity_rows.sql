-- The records behind C10, breaks first and the oldest of them on top.
-- grain:   one row per record of either side that came about in the period; a source with its target is one
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key (that holds it; of both, the target), item_id, label text; at timestamptz; outcome text (equal, different,
--          source_only, target_only, unsure, not_read, pending); in_numerator, in_denominator, is_unknown boolean; value float8 (null);
--          amount numeric (the source's, else the target's; null in two currencies); currency, flow_key, system (that was written to) text;
--          object_type, source_id, target_id text; source_amount, target_amount numeric; match, rule text; confidence numeric; differing text
--          (field: source, target); broken_at timestamptz
-- source:  as the figure's
WITH
-- include: parity_item
SELECT
  i.customer_id, y.key AS system_key, coalesce(nullif(i.target_id, ''), i.source_id) AS item_id, i.label, i.at, i.outcome,
  i.outcome = 'equal' AS in_numerator,
  i.outcome IN ('equal', 'different', 'source_only', 'target_only') AS in_denominator,
  i.outcome IN ('unsure', 'not_read') AS is_unknown,
  CAST(NULL AS float8) AS value, i.value AS amount, CASE WHEN i.value IS NOT NULL THEN i.currency END AS currency, f.key AS flow_key,
  w.key AS system, i.target_type AS object_type, nullif(i.source_id, '') AS source_id, nullif(i.target_id, '') AS target_id,
  i.v_source AS source_amount, i.v_target AS target_amount, i.match, i.rule, i.confidence,
  (SELECT string_agg(d.key || ': ' || concat_ws(', ', d.value ->> 0, d.value ->> 1), '; ' ORDER BY d.key) FROM jsonb_each(i.differing) d) AS differing,
  CASE WHEN i.outcome IN ('different', 'source_only', 'target_only') THEN i.broken_at END AS broken_at
FROM parity_item i
JOIN ops.flow f ON f.customer_id = i.customer_id AND f.flow_id = i.flow_id
JOIN ops.system y ON y.customer_id = i.customer_id
  AND y.system_id = CASE WHEN i.target_id <> '' THEN i.target_system_id ELSE i.source_system_id END
JOIN ops.system w ON w.customer_id = i.customer_id AND w.system_id = i.target_system_id
ORDER BY array_position(ARRAY['source_only', 'target_only', 'different', 'unsure', 'not_read', 'pending', 'equal'], i.outcome), i.broken_at, i.at DESC,
  i.customer_id, i.flow_id, i.source_id, i.target_id
LIMIT CAST(:row_limit AS bigint)
