-- Unbilled work by the pool in which it waits and by age, with what is still on its way to approval beside it.
-- grain:   one row per customer, pool, age band and currency that holds something at the end of the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (ignored)
-- columns: customer_id int; pool text (no_invoice, draft, cancelled_or_credited; unknown; submitted_unapproved, unsubmitted);
--          in_figure boolean (part of the figure Unbilled time); age_band text (0-30, 31-60, 61-90, 91+ days since the work);
--          currency text; amount, hours numeric; pieces, without_value bigint
-- source:  metrics.md C7, bands of Canopy's WIP ageing
WITH
-- include: work_cut
,
-- include: work_standing
,
-- include: work_pool
SELECT
  q.customer_id, q.pool, q.is_unbilled AS in_figure, q.age_band, q.currency, sum(q.amount) AS amount, sum(q.hours) AS hours,
  count(*) AS pieces, count(*) FILTER (WHERE q.amount IS NULL) AS without_value
FROM pool q
GROUP BY q.customer_id, q.pool, q.is_unbilled, q.age_band, q.currency
ORDER BY q.customer_id, q.currency, q.is_unbilled DESC, q.pool, q.age_band
