-- The curve of: Time to bill: how long approved work waits for its bill, over all work that was open at some time of the period.
-- grain:   one row per customer, part, currency (null: by count) and day of age, up to the longest observation
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, project, system or null)
-- columns: customer_id int; part, currency text; age_days int; billed, ended_otherwise, open float8 (shares of all, adding up to 1, at the
--          end of that day); at_risk numeric (watched at the beginning of that day's last step)
-- source:  as the figure's
WITH
-- include: bill_watch
,
-- include: bill_curve
