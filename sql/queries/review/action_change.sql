-- Says an action anew in the review of a month: what is not given stays as it was in the version that was seen.
-- grain:   one row
-- params:  customer_id int; action_id bigint; seen int; period, what, owner text; due_on date; status, said_by text; said_at timestamptz
-- columns: action_id bigint; version int; none when the version seen is not there, was said in a later month's review, or is not the last one
-- source:  a person
INSERT INTO ops.review_action (customer_id, action_id, version, period, what, owner, due_on, status, said_by, said_at)
SELECT a.customer_id, a.action_id, a.version + 1, CAST(:period AS text), coalesce(CAST(:what AS text), a.what), coalesce(CAST(:owner AS text), a.owner),
  coalesce(CAST(:due_on AS date), a.due_on), coalesce(CAST(:status AS text), a.status), CAST(:said_by AS text), CAST(:said_at AS timestamptz)
FROM ops.review_action a
WHERE a.customer_id = CAST(:customer_id AS int) AND a.action_id = CAST(:action_id AS bigint) AND a.version = CAST(:seen AS int)
  AND a.period <= CAST(:period AS text)
ON CONFLICT (customer_id, action_id, version) DO NOTHING
RETURNING action_id, version
