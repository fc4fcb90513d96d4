-- What the partner says of a month: the last version known at an instant.
-- grain:   one row per customer of whose month anything was said
-- params:  customer_ids int[]; period text; as_of timestamptz (as_of null: now)
-- columns: customer_id int; version int; commentary, said_by text; said_at timestamptz
-- source:  product.md I10
SELECT DISTINCT ON (c.customer_id) c.customer_id, c.version, c.commentary, c.said_by, c.said_at
FROM ops.review_commentary c
WHERE c.customer_id = ANY (CAST(:customer_ids AS int[])) AND c.period = CAST(:period AS text)
  AND c.said_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
ORDER BY c.customer_id, c.version DESC
