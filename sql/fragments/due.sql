-- What has to be billed, and since when. A month's work is ready, and due, when the month has ended and it is
-- approved; what is approved more than five days later is due with the month in which it was. A milestone is ready and due when it is
-- accepted, a retainer on its day of the month, usage when its month has ended, as the contract says.
-- expects: watch (customer_id int, settled_from, observed_to timestamptz), one row per customer: work that was settled before settled_from is
--          left out; parameter customer_ids
-- gives:   sending, one row per invoice: its life and sent_at; due, one row per piece of work, milestone, date of a retainer and month of usage
--          that was ready before observed_to: kind (time, milestone, retainer, usage), month (that it is for; null: a milestone), ready_at,
--          due_at, leaves_at, is_unknown (its approval), and where it stood with its bills
-- source:  [ours] metrics.md C5 and C6: from the systems, not from runs, so that a trigger that never fired is seen
work_watched AS (
  SELECT w.*
  FROM watch a
  JOIN kpi.work w ON w.customer_id = a.customer_id AND w.settled_at >= a.settled_from
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: due_of_work
