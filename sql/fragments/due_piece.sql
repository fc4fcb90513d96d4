-- What has to be billed: since when, by when, and what became of it. A month's work is ready, and due, when the month has ended and it is
-- approved; what is approved more than five days later is due with the month in which it was. A milestone is ready and due when it is
-- accepted, a retainer on its day of the month, usage when its month has ended, as the contract says.
-- expects: watch (customer_id int, settled_from, due_from, observed_to timestamptz), one row per customer: work that was settled before
--          settled_from, and what was due before due_from, is left out; parameter customer_ids
-- gives:   due_piece, one row per piece of work, milestone, date of a retainer and month of usage that was ready before observed_to: kind
--          (time, milestone, retainer, usage), month (that it is for; null: a milestone), ready_at, due_at, invoice_id (that it is on at observed_to; null: none), limit_at (moved by the
--          time for which its bill is held back on purpose; null: a calendar that is not filled), is_held (at observed_to), hold_reason, leaves_at, is_drafted (on a draft or bill at
--          observed_to), was_drafted (at limit_at), sent_at (null: not all of it), is_unknown (a bill or an approval nobody could read)
-- source:  [ours] metrics.md C5 and C6: from the systems, not from runs, so that a trigger that never fired is seen
-- include: due
,
-- include: due_promised
,
-- include: due_stood
