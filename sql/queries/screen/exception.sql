-- One exception with all that is known about it.
-- grain:   one row, or none when it is not among these customers'
-- params:  customer_ids int[]; exception_id bigint; as_of timestamptz
-- columns: customer_id int; exception_id bigint; customer, rule, class, title, detail, state, waiting_on, flow, workflow, role,
--          object_type, object_key, owner, found_by text; severity, occurrences, reopen_count, unproven_count, version, owner_person_id, snoozed_count int;
--          opened_at, first_seen_at, last_occurred_at, closed_at, due_at, snoozed_until, waived_until, claimed_at, responded_at timestamptz;
--          value_at_risk numeric; currency, value_confidence text; tags text[]; blocked_by, merged_into bigint; blocked_by_title text;
--          error_class text (null: nobody can say); fingerprint_version, minutes int (logged, less what was taken back); response_seconds, resolution_seconds float8; clock_runs boolean;
--          clock_calendar text (null: elapsed time); own, blocked, worth numeric; rank_currency text; blocked_exceptions, blocked_records bigint;
--          is_guess boolean; cut_off_at timestamptz; urgency, weight, score float8 (the factors of its place; null: closed)
-- source:  exceptions; clocks: fragment triage_clock; place: fragments triage_factor, triage_order
WITH
triage_look AS (SELECT CAST(:as_of AS timestamptz) AS at, CAST(:as_of AS timestamptz) AS ranked_at),
chosen AS MATERIALIZED (
  SELECT e.*
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.exception_id = CAST(:exception_id AS bigint)
),
-- include: triage_clock
,
found AS (SELECT e.* FROM chosen e WHERE e.closed_at IS NULL),
-- include: triage_factor
,
-- include: triage_order
SELECT e.customer_id, e.exception_id, c.name AS customer, e.rule, e.class, e.title, e.detail, e.state, e.waiting_on,
       f.name AS flow, f.workflow, s.role, e.object_type, e.object_key, o.name AS owner, e.owner_person_id, CAST(e.severity AS int) AS severity,
       e.occurrences, e.reopen_count, e.unproven_count, e.version, e.opened_at, e.first_seen_at, e.last_occurred_at, e.closed_at, e.due_at,
       e.snoozed_until, e.snoozed_count, e.waived_until, e.claimed_at, e.value_at_risk, e.found_by,
       CAST(e.currency AS text) AS currency, e.value_confidence, e.tags, e.blocked_by_exception_id AS blocked_by,
       e.merged_into_exception_id AS merged_into, b.title AS blocked_by_title, e.error_class, e.fingerprint_version,
       (SELECT CAST(coalesce(sum(v.minutes), 0) AS int) FROM ops.exception_event v
        WHERE v.customer_id = e.customer_id AND v.exception_id = e.exception_id) AS minutes,
       k.responded_at, k.response_seconds, k.resolution_seconds, k.runs AS clock_runs, k.calendar AS clock_calendar,
       r.own, r.blocked, r.worth, r.rank_currency, r.blocked_exceptions, r.blocked_records, r.is_guess, r.cut_off_at, r.urgency, r.weight, r.score
FROM chosen e
JOIN ops.customer c ON c.customer_id = e.customer_id
LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
LEFT JOIN ops.system s ON s.customer_id = e.customer_id AND s.system_id = e.system_id
LEFT JOIN ops.person o ON o.person_id = e.owner_person_id
LEFT JOIN ops.exception b ON b.customer_id = e.customer_id AND b.exception_id = e.blocked_by_exception_id
LEFT JOIN triage_clock k ON k.customer_id = e.customer_id AND k.exception_id = e.exception_id
LEFT JOIN triage_rank r ON r.customer_id = e.customer_id AND r.exception_id = e.exception_id
