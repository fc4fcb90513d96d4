-- From ready to be billed to sent: every project's work of a month, invoice by invoice, every milestone, date of a retainer and month of
-- usage under observation; what is on no invoice yet is included.
-- expects: watch (customer_id int, observed_from, observed_to, settled_from timestamptz), one row per customer, half open: work that was settled
--          before settled_from is left out; parameter customer_ids
-- gives:   cycle, one row per project, month, currency and invoice, and per milestone, date and month of usage: ready_at (the last of it), entry, t in seconds,
--          cause 1 sent, 2 written off or deleted, 0 open, null: nobody knows
-- source:  [ours] metrics.md C5; one forgotten hour keeps the rest of its month from nothing: it is a cycle of its own
-- include: due
,
-- include: cycle_of_due
