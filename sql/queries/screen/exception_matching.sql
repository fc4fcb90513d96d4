-- How many exceptions a filter of the queue finds, counted no further than a limit.
-- grain:   one row
-- params:  customer_ids int[]; view, class, rule, words, tag text; owner_person_id, mentioned_person_id int; exception_ids bigint[]; as_of
--          timestamptz (as in screen/exceptions.sql); row_limit int
-- columns: found bigint (the limit: so many or more)
-- source:  fragment triage_filter
WITH
-- include: triage_mention
,
-- include: triage_filter
SELECT count(*) AS found
FROM (SELECT m.exception_id FROM matching m LIMIT CAST(:row_limit AS int)) m
