-- Has mails that were given up tried again, made anew: what kept them may have been put right.
-- grain:   one row per mail
-- params:  customer_ids int[]; now timestamptz
-- columns: customer_id int
-- source:  a person
UPDATE ops.review_mail
SET state = 'waiting', message = NULL, attempts = 0, next_try_at = CAST(:now AS timestamptz)
WHERE customer_id = ANY (CAST(:customer_ids AS int[])) AND state = 'given_up'
RETURNING customer_id
