-- Writes a mail that is due into the outbox, once.
-- grain:   one row
-- params:  customer_id int; period text; version int; kind text; due_at, now timestamptz
-- columns: customer_id int; none when it is there already
-- source:  the review schedule
INSERT INTO ops.review_mail (customer_id, period, version, kind, due_at, next_try_at)
VALUES (CAST(:customer_id AS int), CAST(:period AS text), CAST(:version AS int), CAST(:kind AS text),
        CAST(:due_at AS timestamptz), CAST(:now AS timestamptz))
ON CONFLICT (customer_id, period, version, kind) DO NOTHING
RETURNING customer_id
