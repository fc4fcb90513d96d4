-- The records behind I1, what is wrong first: the difference between claimed and verified is the list of those that are not confirmed.
-- grain:   one row per flow and record that a run claims to have written in the period, or that no run claims
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key (that holds it), item_id, label text; at timestamptz (when the work was due; unclaimed: when it was made);
--          outcome text (confirmed, missing, stale, different, duplicate, unclaimed, not_checked); in_numerator, in_denominator, is_unknown boolean;
--          value float8 (null); amount numeric; currency, flow_key text; object_type, source_key, target_id text; other_ids text (more targets);
--          reason text (why it was not checked); differing text (field: source, target); broken_at, claimed_at timestamptz; run_id text
-- source:  as the figure's
WITH
-- include: verified
SELECT
  v.customer_id, coalesce(y.key, f.key) AS system_key, coalesce(v.target_id, v.source_key) AS item_id, v.label, v.due_at AS at, v.outcome,
  v.outcome = 'confirmed' AS in_numerator,
  v.outcome IN ('confirmed', 'missing', 'stale', 'different', 'duplicate') AS in_denominator,
  v.outcome = 'not_checked' AS is_unknown,
  CAST(NULL AS float8) AS value, v.amount, v.currency, f.key AS flow_key, v.object_type, v.source_key, v.target_id,
  array_to_string(v.other_ids, ', ') AS other_ids, v.reason,
  (SELECT string_agg(d.key || ': ' || concat_ws(', ', d.value ->> 0, d.value ->> 1), '; ' ORDER BY d.key) FROM jsonb_each(v.differing) d) AS differing,
  CASE WHEN v.outcome <> 'confirmed' THEN v.broken_at END AS broken_at, v.claimed_at, nullif(v.external_id, '') AS run_id
FROM verified v
JOIN ops.flow f ON f.customer_id = v.customer_id AND f.flow_id = v.flow_id
LEFT JOIN ops.system y ON y.customer_id = v.customer_id AND y.system_id = v.target_system_id
WHERE v.outcome <> 'refused'
ORDER BY array_position(ARRAY['missing', 'duplicate', 'different', 'stale', 'unclaimed', 'not_checked', 'confirmed'], v.outcome), v.due_at DESC,
  v.customer_id, v.flow_id, v.source_key
LIMIT CAST(:row_limit AS bigint)
