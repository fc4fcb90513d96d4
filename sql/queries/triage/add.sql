-- Appends an event that changes nothing of the exception: a note, minutes, what was put into it.
-- grain:   one event, or none when the exception is not in scope
-- params:  customer_id int; exception_id bigint; kind, actor, note text; at timestamptz; person_id, minutes int; for_customer boolean; detail jsonb;
--          undoes_event_id bigint
-- columns: event_id bigint; version int
-- source:  exceptions; it names the state and version that it found
INSERT INTO ops.exception_event AS v (
  customer_id, exception_id, kind, from_state, left_version, at, actor, person_id, note, for_customer, minutes, detail, undoes_event_id)
SELECT
  e.customer_id, e.exception_id, CAST(:kind AS text), e.state, e.version, CAST(:at AS timestamptz), CAST(:actor AS text),
  CAST(:person_id AS int), CAST(:note AS text), CAST(:for_customer AS boolean), CAST(:minutes AS int), CAST(:detail AS jsonb),
  CAST(:undoes_event_id AS bigint)
FROM ops.exception e
WHERE e.customer_id = CAST(:customer_id AS int) AND e.exception_id = CAST(:exception_id AS bigint)
RETURNING v.event_id, v.left_version AS version
