-- Whose doing the missed items of a metric are: the last word on each, as it was known at an instant.
-- grain:   one row per item
-- params:  customer_ids int[]; metric text; as_of timestamptz (as_of null: now)
-- columns: customer_id int; item_id, party, evidence, decided_by text; decided_at timestamptz
-- source:  product.md I9
SELECT DISTINCT ON (a.customer_id, a.item_id) a.customer_id, a.item_id, a.party, a.evidence, a.decided_by, a.decided_at
FROM ops.attribution a
WHERE a.customer_id = ANY (CAST(:customer_ids AS int[])) AND a.metric = CAST(:metric AS text)
  AND a.decided_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
ORDER BY a.customer_id, a.item_id, a.decided_at DESC, a.attribution_id DESC
