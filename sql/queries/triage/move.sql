-- Changes what a person may change of one exception, and appends the event that says so; nothing, when somebody was faster.
-- grain:   one row of ops.exception and one event, or none when it has left the version that was seen
-- params:  customer_id int; exception_id bigint; version int (the one that was seen); from_state, state, waiting_on text; owner_person_id,
--          severity int; tags text[]; snoozed_until, waived_until, claimed_at, closed_at, at timestamptz; snoozed_count int;
--          merged_into_exception_id, undoes_event_id bigint; kind, actor, note, found_by text; person_id int; for_customer boolean; minutes int; detail jsonb
-- columns: event_id bigint; version int (the one reached)
-- source:  design.md 5: each move names the state and the version that it leaves, so two people cannot overwrite each other
WITH moved AS (
  UPDATE ops.exception e
  SET state = CAST(:state AS text), waiting_on = CAST(:waiting_on AS text), owner_person_id = CAST(:owner_person_id AS int),
      severity = CAST(:severity AS smallint), tags = CAST(:tags AS text[]), snoozed_until = CAST(:snoozed_until AS timestamptz),
      snoozed_count = CAST(:snoozed_count AS int), waived_until = CAST(:waived_until AS timestamptz),
      claimed_at = CAST(:claimed_at AS timestamptz), closed_at = CAST(:closed_at AS timestamptz),
      merged_into_exception_id = CAST(:merged_into_exception_id AS bigint), found_by = CAST(:found_by AS text), version = e.version + 1
  WHERE e.customer_id = CAST(:customer_id AS int) AND e.exception_id = CAST(:exception_id AS bigint)
    AND e.version = CAST(:version AS int) AND e.state = CAST(:from_state AS text)
  RETURNING e.customer_id, e.exception_id, e.version
),
told AS (
  INSERT INTO ops.exception_event (
    customer_id, exception_id, kind, from_state, to_state, left_version, at, actor, person_id, note, for_customer, minutes, detail, undoes_event_id)
  SELECT
    m.customer_id, m.exception_id, CAST(:kind AS text), CAST(:from_state AS text), nullif(CAST(:state AS text), CAST(:from_state AS text)),
    CAST(:version AS int), CAST(:at AS timestamptz), CAST(:actor AS text), CAST(:person_id AS int), CAST(:note AS text),
    CAST(:for_customer AS boolean), CAST(:minutes AS int), CAST(:detail AS jsonb), CAST(:undoes_event_id AS bigint)
  FROM moved m
  RETURNING customer_id, exception_id, event_id
)
SELECT t.event_id, m.version
FROM told t
JOIN moved m ON m.customer_id = t.customer_id AND m.exception_id = t.exception_id
