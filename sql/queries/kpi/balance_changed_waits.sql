-- Lists the days that have ended and on which work came due that was counted again, or all days on which any did.
-- grain:   one row of pg_temp.age_subject per local day
-- params:  customer_id int; source text (backlog); everything boolean; until date (the last day that has ended; marks of later ones are left)
-- columns: rows written
-- source:  kpi.touched, whose marks are taken: one that is made from now on is for the next time. Of runs that are no longer kept, what was told of
--          them stays
WITH
-- include: place
,
claimed AS (
  DELETE FROM kpi.touched t
  WHERE t.customer_id = CAST(:customer_id AS int) AND t.source = CAST(:source AS text) AND t.subject <= CAST(CAST(:until AS date) AS text)
  RETURNING t.subject
),
due AS (
  SELECT CAST(r.due_at AT TIME ZONE p.time_zone AS date) AS day
  FROM place p
  JOIN raw.run r ON r.customer_id = p.customer_id AND r.flow_id IS NOT NULL
  WHERE r.customer_id = CAST(:customer_id AS int) AND CAST(:everything AS boolean)
  UNION
  SELECT CAST(s.due_at AT TIME ZONE p.time_zone AS date)
  FROM place p
  JOIN kpi.slot s ON s.customer_id = p.customer_id
  WHERE s.customer_id = CAST(:customer_id AS int) AND CAST(:everything AS boolean)
)
INSERT INTO pg_temp.age_subject (subject)
SELECT c.subject
FROM claimed c
UNION
SELECT CAST(d.day AS text)
FROM due d
WHERE d.day <= CAST(:until AS date)
UNION
SELECT s.subject
FROM kpi.balance_step s
WHERE s.customer_id = CAST(:customer_id AS int) AND s.metric = CAST(:source AS text) AND s.subject >= (SELECT CAST(min(d.day) AS text) FROM due d)
