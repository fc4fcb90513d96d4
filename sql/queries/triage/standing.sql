-- What people can change of some exceptions, and at which version they stand.
-- grain:   one row per exception that is in scope
-- params:  customer_ids int[]; exception_ids bigint[]
-- columns: customer_id int; exception_id bigint; title, state, waiting_on text; owner_person_id int; severity int; tags text[];
--          snoozed_until, waived_until, claimed_at, closed_at timestamptz; snoozed_count, version int; merged_into_exception_id bigint; found_by text
-- source:  exceptions
SELECT
  e.customer_id, e.exception_id, e.title, e.state, e.waiting_on, e.owner_person_id, CAST(e.severity AS int) AS severity, e.tags, e.snoozed_until,
  e.snoozed_count, e.waived_until, e.claimed_at, e.closed_at, e.merged_into_exception_id, e.found_by, e.version
FROM ops.exception e
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.exception_id = ANY (CAST(:exception_ids AS bigint[]))
ORDER BY e.customer_id, e.exception_id
