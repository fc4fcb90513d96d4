-- How the stock of unbilled approved work moved in the period: open + new - billed + reopened - written off - removed = close.
-- grain:   one row per customer and currency that had billable work
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- columns: customer_id int; currency text; open, new, billed, reopened, written_off, removed, unknown, close numeric, with
--          open + new - billed + reopened - written_off - removed - unknown = close to the cent; reopened: its bill was voided or
--          credited; removed: deleted or made non-billable; unknown: moved to or from a bill that nobody could read
-- source:  metrics.md C7, roll-forward: must balance to the cent
WITH
-- include: work_moved
SELECT
  m.customer_id, m.currency, sum(m.open) AS open, sum(m.new) AS new, sum(m.billed) AS billed, sum(m.reopened) AS reopened,
  coalesce(sum(m.rest) FILTER (WHERE m.stage = 'left' AND m.left_how = 'written_off'), 0) AS written_off,
  coalesce(sum(m.rest) FILTER (WHERE m.stage = 'left' AND m.left_how <> 'written_off'), 0) AS removed,
  coalesce(sum(m.rest) FILTER (WHERE m.stage <> 'left'), 0) AS unknown,
  sum(m.close) AS close
FROM kept m
GROUP BY m.customer_id, m.currency
ORDER BY m.customer_id, m.currency
