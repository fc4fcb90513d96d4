-- From trouble to its end: every transaction or record that was in trouble at some time of the period.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   look and life (fragment exception_life); watched, the rows of life that were open at some time from since on, with entry and t
--          in seconds since they began: under observation in (entry, t]
-- source:  metrics.md A13 and 4.1: elapsed time, the age of what is open goes on; those who enter late were open just before
look AS (
  SELECT c.customer_id, least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: exception_life
,
watched AS MATERIALIZED (
  SELECT
    x.*,
    kpi.entry_seconds(x.occurred_at, CAST(:since AS timestamptz)) AS entry,
    CAST(extract(epoch FROM coalesce(x.ended_at, l.at) - x.occurred_at) AS float8) AS t
  FROM life x
  JOIN look l ON l.customer_id = x.customer_id
  WHERE coalesce(x.ended_at, l.at) >= CAST(:since AS timestamptz)
)
