-- Opens an action in the review of a month.
-- grain:   one row
-- params:  customer_id int; period, what, owner text; due_on date; said_by text; said_at timestamptz
-- columns: action_id bigint; version int
-- source:  a person
INSERT INTO ops.review_action (customer_id, version, period, what, owner, due_on, status, said_by, said_at)
VALUES (CAST(:customer_id AS int), 1, CAST(:period AS text), CAST(:what AS text), CAST(:owner AS text), CAST(:due_on AS date), 'open',
        CAST(:said_by AS text), CAST(:said_at AS timestamptz))
RETURNING action_id, version
