-- What people logged and did is a small part of all events: found without reading the others.
CREATE INDEX exception_event_minutes ON ops.exception_event (customer_id, at) WHERE minutes IS NOT NULL;
CREATE INDEX exception_event_person ON ops.exception_event (customer_id, at) WHERE person_id IS NOT NULL;
