-- Takes one waiting mail in hand for a while; nobody else sends it meanwhile, and somebody does when its holder dies.
-- grain:   one row
-- params:  customer_id int; period text; version int; kind text; now, until timestamptz
-- columns: message bytea; attempts int; none when somebody else has it, or it is not due
-- source:  ops.review_mail
UPDATE ops.review_mail
SET attempts = attempts + 1, next_try_at = CAST(:until AS timestamptz)
WHERE customer_id = CAST(:customer_id AS int) AND period = CAST(:period AS text) AND version = CAST(:version AS int)
  AND kind = CAST(:kind AS text) AND state = 'waiting' AND next_try_at <= CAST(:now AS timestamptz)
RETURNING message, attempts
