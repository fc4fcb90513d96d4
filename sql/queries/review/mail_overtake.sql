-- Takes out of the outbox what a newer version of its month has overtaken: it would tell what does not hold any more.
-- grain:   one row per mail that was waiting
-- params:  customer_id int; period text; version int
-- columns: version int
-- source:  the review schedule
UPDATE ops.review_mail
SET state = 'overtaken', message = NULL
WHERE customer_id = CAST(:customer_id AS int) AND period = CAST(:period AS text) AND version < CAST(:version AS int)
  AND state IN ('waiting', 'given_up')
RETURNING version
