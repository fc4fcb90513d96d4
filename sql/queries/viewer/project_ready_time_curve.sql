-- The curve of: Time from a won opportunity to its usable project.
-- grain:   one row per customer, part, currency (null: by count) and hour, up to the longest observation
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (account, system or null)
-- columns: customer_id int; part, currency text; age_hours int; ready, ended_otherwise, open float8 (shares of all, adding up to 1, at the
--          end of that hour, business time where a calendar is promised); at_risk numeric
-- source:  as the figure's
WITH
watch AS (
  SELECT
    c.customer_id, least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at,
    CAST(:since AS timestamptz) AS observed_from
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
look AS (SELECT w.customer_id, w.at, CAST('-infinity' AS timestamptz) AS won_from FROM watch w),
-- include: creation
,
-- include: ready_clock
,
part_of AS (
  SELECT
    p.*,
    CASE CAST(:by AS text)
      WHEN 'account' THEN coalesce(p.account, p.account_ref, '(none)')
      WHEN 'system' THEN y.key
      ELSE ''
    END AS part
  FROM ready_piece p
  JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id
),
item AS (
  SELECT p.customer_id, p.part, m.currency, p.entry, p.t, p.cause, m.weight
  FROM part_of p
  CROSS JOIN LATERAL (VALUES (CAST(NULL AS text), CAST(1 AS numeric)), (p.currency, p.amount)) m (currency, weight)
  WHERE p.cause IS NOT NULL AND m.weight > 0
),
-- include: survival
SELECT DISTINCT ON (s.customer_id, s.part, s.currency, ceil(s.at / 3600))
  s.customer_id, s.part, s.currency, CAST(ceil(s.at / 3600) AS int) AS age_hours,
  s.incidence AS ready, s.lost_incidence AS ended_otherwise, s.survival AS open, s.at_risk
FROM survival_step s
ORDER BY s.customer_id, s.part, s.currency, ceil(s.at / 3600), s.at DESC
