-- What somebody wants left out, where it stood at an instant, and who said so last.
-- grain:   one row per exclusion that was proposed by then and not withdrawn
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- columns: customer_id int; exclusion_id bigint; reason, metric text (null: every objective); flow_ids int[] (null: every flow); from_at, to_at
--          timestamptz (null: the named items only); item_ids text[]; state text (proposed, accepted, disputed); actor, side, comment text;
--          at (of the last word), proposed_at timestamptz; proposed_side, proposed_by text; evidence text; event_id bigint (of the last word)
-- source:  product.md I9
WITH last_word AS (
  SELECT DISTINCT ON (v.customer_id, v.exclusion_id)
    v.customer_id, v.exclusion_id, v.event_id, v.state, v.actor, v.side, v.comment, v.at, first_value(v.at) OVER first_word AS proposed_at,
    first_value(v.side) OVER first_word AS proposed_side, first_value(v.actor) OVER first_word AS proposed_by
  FROM ops.exclusion_event v
  WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
  WINDOW first_word AS (PARTITION BY v.customer_id, v.exclusion_id ORDER BY v.at, v.event_id)
  ORDER BY v.customer_id, v.exclusion_id, v.at DESC, v.event_id DESC
),
named AS (
  SELECT i.customer_id, i.exclusion_id, array_agg(i.item_id ORDER BY i.item_id) AS item_ids
  FROM ops.exclusion_item i
  WHERE i.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY i.customer_id, i.exclusion_id
)
SELECT
  x.customer_id, x.exclusion_id, x.reason, x.metric, x.flow_ids, x.from_at, x.to_at, coalesce(n.item_ids, '{}') AS item_ids,
  w.state, w.actor, w.side, w.comment, w.at, w.proposed_at, w.proposed_side, w.proposed_by, x.evidence, w.event_id
FROM ops.exclusion x
JOIN last_word w ON w.customer_id = x.customer_id AND w.exclusion_id = x.exclusion_id
LEFT JOIN named n ON n.customer_id = x.customer_id AND n.exclusion_id = x.exclusion_id
WHERE x.customer_id = ANY (CAST(:customer_ids AS int[])) AND w.state <> 'withdrawn'
  AND (x.from_at IS NULL OR x.from_at < CAST(:until AS timestamptz) AND x.to_at > CAST(:since AS timestamptz))
ORDER BY x.customer_id, w.at, x.exclusion_id
