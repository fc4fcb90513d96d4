-- Announces work on the service, in place of an earlier announcement or as the first.
-- grain:   one row
-- params:  customer_id int; announced_at, starts_at, ends_at timestamptz; flow_ids int[]; reason, announced_by text; replaces bigint (null: none);
--          is_withdrawn boolean
-- columns: maintenance_id bigint; none when what it replaces is unknown or has been replaced already
-- source:  a person
INSERT INTO ops.maintenance (customer_id, announced_at, starts_at, ends_at, flow_ids, reason, announced_by, replaces, is_withdrawn)
SELECT CAST(:customer_id AS int), CAST(:announced_at AS timestamptz), CAST(:starts_at AS timestamptz), CAST(:ends_at AS timestamptz),
  CAST(:flow_ids AS int[]), CAST(:reason AS text), CAST(:announced_by AS text), CAST(:replaces AS bigint), CAST(:is_withdrawn AS boolean)
WHERE CAST(:replaces AS bigint) IS NULL
  OR EXISTS (SELECT FROM ops.maintenance m WHERE m.customer_id = CAST(:customer_id AS int) AND m.maintenance_id = CAST(:replaces AS bigint))
 AND NOT EXISTS (SELECT FROM ops.maintenance m WHERE m.customer_id = CAST(:customer_id AS int) AND m.replaces = CAST(:replaces AS bigint))
RETURNING maintenance_id
