-- One exception with all that is known about it.
-- grain:   one row, or none when it is not among these customers'
-- params:  customer_ids int[]; exception_id bigint
-- columns: customer_id int; exception_id bigint; customer, rule, class, title, detail, state, waiting_on, flow, workflow, role,
--          object_type, object_key, owner text; severity, occurrences, reopen_count int; opened_at, first_seen_at,
--          last_occurred_at, closed_at, due_at timestamptz; value_at_risk numeric; currency, value_confidence text;
--          blocked_by bigint; blocked_by_title text; fingerprint_version int
-- source:  exceptions
SELECT e.customer_id, e.exception_id, c.name AS customer, e.rule, e.class, e.title, e.detail, e.state, e.waiting_on,
       f.name AS flow, f.workflow, s.role, e.object_type, e.object_key, o.name AS owner, CAST(e.severity AS int) AS severity,
       e.occurrences, e.reopen_count, e.opened_at, e.first_seen_at, e.last_occurred_at, e.closed_at, e.due_at, e.value_at_risk,
       CAST(e.currency AS text) AS currency, e.value_confidence, e.blocked_by_exception_id AS blocked_by,
       b.title AS blocked_by_title, e.fingerprint_version
FROM ops.exception e
JOIN ops.customer c ON c.customer_id = e.customer_id
LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
LEFT JOIN ops.system s ON s.customer_id = e.customer_id AND s.system_id = e.system_id
LEFT JOIN ops.person o ON o.person_id = e.owner_person_id
LEFT JOIN ops.exception b ON b.customer_id = e.customer_id AND b.exception_id = e.blocked_by_exception_id
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.exception_id = CAST(:exception_id AS bigint)
