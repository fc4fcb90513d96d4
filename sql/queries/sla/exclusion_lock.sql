-- Lets one person at a time speak of an exclusion: whoever comes second waits until the first has spoken.
-- grain:   one row
-- params:  customer_id int; exclusion_id bigint
-- columns: none
-- source:  sla/exclusion_event_put, which looks at the last word before it adds one
SELECT pg_advisory_xact_lock(hashtextextended('exclusion ' || CAST(:customer_id AS int) || ' ' || CAST(:exclusion_id AS bigint), 0))
