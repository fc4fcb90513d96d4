-- What became of the mails with review packs.
-- grain:   one row per customer, month, version and kind
-- params:  customer_ids int[]
-- columns: customer_id int; period text; version int; kind, state text; due_at, next_try_at timestamptz; attempts int; error text; sent_at timestamptz
-- source:  ops.review_mail
SELECT m.customer_id, m.period, m.version, m.kind, m.state, m.due_at, m.next_try_at, m.attempts, m.error, m.sent_at
FROM ops.review_mail m
WHERE m.customer_id = ANY (CAST(:customer_ids AS int[]))
ORDER BY m.customer_id, m.period DESC, m.version DESC, m.kind
