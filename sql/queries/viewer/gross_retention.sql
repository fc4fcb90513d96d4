-- D3b: how much of what customers paid a year ago is still paid, leaving out what grew?
-- grain:   one row per customer and currency; one that moved to another currency has a row without, one that paid nothing then none
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); the year that ends with the period counts, whatever since is
-- columns: customer_id int; part, currency text; value float8; numerator, denominator numeric (money a month, now and a year ago); unknown bigint
--          (1: it pays in another currency); sample bigint (1); low, high float8 (null)
-- source:  metrics.md D3 (fragments fee_step, retained): a customer counts with what it paid a year ago at most
WITH
-- include: fee_step
,
-- include: retained
,
kept AS (SELECT r.*, CASE WHEN r.finish IS NOT NULL THEN least(r.finish, r.start) END AS counts FROM retained r)
-- include: retained_answer
