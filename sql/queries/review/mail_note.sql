-- Notes what became of a mail that was in hand: sent (then its message is let go), to be tried again, or given up.
-- grain:   one row
-- params:  customer_id int; period text; version int; kind, state text; next_try_at timestamptz; error text; refused jsonb; sent_at timestamptz
-- columns: none
-- source:  ops.review_mail
UPDATE ops.review_mail
SET state = CAST(:state AS text), error = CAST(:error AS text), refused = CAST(:refused AS jsonb), sent_at = CAST(:sent_at AS timestamptz),
    next_try_at = CAST(:next_try_at AS timestamptz), message = CASE WHEN CAST(:state AS text) = 'sent' THEN NULL ELSE message END
WHERE customer_id = CAST(:customer_id AS int) AND period = CAST(:period AS text) AND version = CAST(:version AS int)
  AND kind = CAST(:kind AS text) AND state = 'waiting'
