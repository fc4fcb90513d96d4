-- Writes down what became of a digest over customers, unless another worker has it by now.
-- grain:   one row, or none
-- params:  partner_id int; channel, addressee text; day date; holder, state, error text; not_before timestamptz (null: as it was)
-- columns: day date
-- source:  the line of digests
UPDATE ops.staff_digest d
SET state = CAST(:state AS text), error = CAST(:error AS text), not_before = coalesce(CAST(:not_before AS timestamptz), d.not_before),
  leased_until = NULL, holder = NULL
WHERE d.partner_id = CAST(:partner_id AS int) AND d.channel = CAST(:channel AS text) AND d.addressee = CAST(:addressee AS text)
  AND d.day = CAST(:day AS date) AND d.state = 'sending' AND d.holder = CAST(:holder AS text)
RETURNING d.day
