-- The curve of: Time to bill: how long approved work waits for its bill, over all work that was open at some time of the period.
-- grain:   one row per customer, part, currency (null: by count) and day of age, up to the longest observation
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, project, system or null)
-- columns: customer_id int; part, currency text; age_days int; billed, ended_otherwise, open float8 (shares of all, adding up to 1, at the
--          end of that day); at_risk numeric (watched at the beginning of that day's last step)
-- source:  as the figure's
WITH
watch AS (
  SELECT c.customer_id, CAST('-infinity' AS timestamptz) AS approved_from,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS approved_to,
    CAST(:since AS timestamptz) AS observed_from,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS observed_to
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: bill_clock
,
-- include: work_name
,
-- include: bill_item
,
-- include: survival
SELECT DISTINCT ON (s.customer_id, s.part, s.currency, ceil(s.at / 86400))
  s.customer_id, w.name AS part, s.currency, CAST(ceil(s.at / 86400) AS int) AS age_days,
  s.incidence AS billed, s.lost_incidence AS ended_otherwise, s.survival AS open, s.at_risk
FROM survival_step s
JOIN work_part w ON w.customer_id = s.customer_id AND w.part = s.part
ORDER BY s.customer_id, s.part, s.currency, ceil(s.at / 86400), s.at DESC
