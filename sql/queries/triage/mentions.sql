-- Notes that name somebody who has done nothing with the exception since: what a list shows, and what a mail would tell.
-- grain:   one row per note and person named, the newest first
-- params:  customer_ids int[]; mentioned_person_id int (null: everybody); after_event_id bigint (null: all; else only later notes)
-- columns: customer_id int; exception_id, event_id bigint; title, customer text; person_id int; name text (of who is named); actor, note
--          text; at timestamptz
-- source:  exceptions; fragment triage_mention
WITH
-- include: triage_mention
SELECT m.customer_id, m.exception_id, m.event_id, e.title, c.name AS customer, m.person_id, p.name, m.actor, m.note, m.at
FROM triage_mention m
JOIN ops.exception e ON e.customer_id = m.customer_id AND e.exception_id = m.exception_id
JOIN ops.customer c ON c.customer_id = m.customer_id
JOIN ops.person p ON p.person_id = m.person_id
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND (CAST(:mentioned_person_id AS int) IS NULL OR m.person_id = CAST(:mentioned_person_id AS int))
  AND (CAST(:after_event_id AS bigint) IS NULL OR m.event_id > CAST(:after_event_id AS bigint))
ORDER BY m.event_id DESC, m.person_id
