-- Durations in whole local days as items of the survival fragment, from what was added up.
-- expects: params customer_ids int[]; kind text; first_day, last_day date (local to each customer); as_of timestamptz (null: now); by
--          text (project, practice or null); together boolean
-- gives:   what the fragment practice_of gives; age_look, one row per customer: first_day, last_day (the local days of the period that have
--          ended); age_cell_then, the cells that were under observation on one of them, as they stood at the end of the last one: began_on,
--          ended_on, enters_on, cause (3: nobody knows), n, n_no_value, amount, customer_id (0: all together), part; item, once each by count and once by money, in seconds
-- source:  metrics.md 4.1 and section 7: ages in days; an end on the day of the beginning is age 0; those who enter late are watched from that day on
-- include: practice_of
,
age_look AS (
  SELECT
    c.customer_id, CAST(:first_day AS date) AS first_day,
    least(CAST(:last_day AS date), CAST((coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond')
      AT TIME ZONE c.time_zone AS date) - 1) AS last_day
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
age_cell_then AS MATERIALIZED (
  SELECT
    CASE WHEN CAST(:together AS boolean) THEN 0 ELSE a.customer_id END AS customer_id,
    CASE WHEN CAST(:by AS text) = 'practice' THEN kpi.work_part('practice', NULL, NULL, NULL, o.practice) ELSE a.project END AS part, a.currency, a.began_on,
    least(a.ended_on, l.last_day) AS ended_on, e.enters_on, CASE WHEN a.cause = 3 OR a.ended_on <= l.last_day THEN a.cause ELSE 0 END AS cause,
    a.n, a.n_no_value, a.amount
  FROM age_look l
  JOIN kpi.age_cell a ON a.customer_id = l.customer_id AND a.kind = CAST(:kind AS text) AND a.began_on <= l.last_day AND a.ended_on >= l.first_day
    AND a.holds_from <= l.last_day AND a.holds_to > l.last_day
  LEFT JOIN practice_of o ON o.customer_id = a.customer_id AND o.system_id || ' ' || o.project_ref = a.project
  CROSS JOIN LATERAL (
    SELECT CASE WHEN a.away_from = '{}' THEN greatest(a.began_on, l.first_day)
      ELSE greatest(a.began_on, l.first_day,
                    (SELECT max(x.to_day) FROM unnest(a.away_from, a.away_to) x (from_day, to_day) WHERE x.from_day < l.first_day)) END AS enters_on
  ) e
  WHERE a.customer_id = ANY (CAST(:customer_ids AS int[])) AND l.first_day <= l.last_day
    AND CASE WHEN CAST(:by AS text) IN ('project', 'practice') THEN a.project <> '' ELSE a.project = '' END
    AND (a.cause = 3 OR least(a.ended_on, l.last_day) >= e.enters_on)
),
item AS MATERIALIZED (
  SELECT
    a.customer_id, a.part, m.currency, CASE WHEN a.enters_on > a.began_on THEN (a.enters_on - a.began_on - 0.5) * CAST(86400 AS float8) ELSE 0 END AS entry,
    (a.ended_on - a.began_on) * CAST(86400 AS float8) AS t, CAST(a.cause AS int) AS cause, sum(m.weight) AS weight
  FROM age_cell_then a
  CROSS JOIN LATERAL (VALUES (CAST(NULL AS text), CAST(a.n AS numeric)), (a.currency, a.amount)) m (currency, weight)
  WHERE a.cause <> 3 AND m.weight > 0
  GROUP BY 1, 2, 3, 4, 5, 6
)
