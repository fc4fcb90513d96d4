-- The curve of: Time from a won opportunity to its usable project.
-- grain:   one row per customer, part, currency (null: by count) and hour, up to the longest observation
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, system or null)
-- columns: customer_id int; part, currency text; age_hours int; ready, ended_otherwise, open float8 (shares of all, adding up to 1, at the
--          end of that hour, business time where a calendar is promised); at_risk numeric
-- source:  as the figure's
WITH
-- include: ready_part
,
-- include: survival
SELECT DISTINCT ON (s.customer_id, s.part, s.currency, ceil(s.at / 3600))
  s.customer_id, s.part, s.currency, CAST(ceil(s.at / 3600) AS int) AS age_hours,
  s.incidence AS ready, s.lost_incidence AS ended_otherwise, s.survival AS open, s.at_risk
FROM survival_step s
ORDER BY s.customer_id, s.part, s.currency, ceil(s.at / 3600), s.at DESC
