-- Opens an exception for records that are taken out of another one, with its first event.
-- grain:   one row of ops.exception and one event
-- params:  customer_id int; exception_id bigint (the one they are taken from); title, actor text; at timestamptz; person_id int
-- columns: exception_id bigint
-- source:  exceptions; no error text has its fingerprint, so only these records are its own
WITH
opened AS (
  INSERT INTO ops.exception (
    customer_id, rule, class, fingerprint, fingerprint_version, flow_id, system_id, object_type, object_key, title, detail, state, severity, tags,
    owner_person_id, occurrences, opened_at, last_occurred_at, first_seen_at, last_seen_at, blocked_by_exception_id)
  SELECT
    e.customer_id, e.rule, e.class, concat_ws(':', 'split', e.exception_id, e.version), e.fingerprint_version, e.flow_id, e.system_id,
    e.object_type, e.object_key, coalesce(CAST(:title AS text), e.title), e.detail, CASE WHEN e.state = 'new' THEN 'new' ELSE 'triaged' END,
    e.severity, e.tags, e.owner_person_id, 0, CAST(:at AS timestamptz), CAST(:at AS timestamptz), e.first_seen_at, e.last_seen_at,
    e.blocked_by_exception_id
  FROM ops.exception e
  WHERE e.customer_id = CAST(:customer_id AS int) AND e.exception_id = CAST(:exception_id AS bigint)
  RETURNING customer_id, exception_id, state
)
INSERT INTO ops.exception_event (customer_id, exception_id, kind, to_state, at, actor, person_id, detail)
SELECT o.customer_id, o.exception_id, 'opened', o.state, CAST(:at AS timestamptz), CAST(:actor AS text), CAST(:person_id AS int),
  jsonb_build_object('split_from', CAST(:exception_id AS bigint))
FROM opened o
RETURNING exception_id
