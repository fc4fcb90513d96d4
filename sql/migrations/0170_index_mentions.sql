-- Notes that name somebody, few among all that happened: the list of what mentions a person reads only these.
CREATE INDEX exception_event_mention ON ops.exception_event (customer_id, exception_id) WHERE detail -> 'mentions' IS NOT NULL;
