-- The exceptions of a filter in the order in which they get worse: what grows most surely first, then what nothing happened to lately.
-- grain:   one row per exception
-- params:  customer_ids int[]; view, class, rule, words, tag text; owner_person_id, mentioned_person_id int; exception_ids bigint[]; as_of,
--          ranked_at timestamptz; after float8[]; row_limit int (as in screen/exceptions.sql)
-- columns: customer_id int; exception_id bigint; place float8[] (its own in this order); total bigint (all that match, beyond the limit too)
-- source:  fragment triage_filter; kpi.queue_growth of the seven days before ranked_at against the seven before those. What is closed or sleeps
--          comes last, as everywhere in the queue
WITH
look AS NOT MATERIALIZED (
  SELECT n.at, n.at - interval '7 days' AS week_at, CAST(n.at AT TIME ZONE 'UTC' AS date) AS today
  FROM (SELECT coalesce(CAST(:ranked_at AS timestamptz), CAST(:as_of AS timestamptz)) AS at) n
),
-- include: triage_mention
,
-- include: triage_filter
,
-- by the days that are kept of it: weeks begin and end within a day, and what happened on that day may belong to either
week AS MATERIALIZED (
  SELECT
    m.customer_id, m.exception_id, m.last_occurred_at, coalesce(m.recent[7 - d.days], 0) AS least, coalesce(m.recent[8 - d.days], 0) AS most,
    m.recent[14 - d.days] AS least_both, m.recent[15 - d.days] AS most_both
  FROM look l
  JOIN matching m ON m.last_occurred_at > l.week_at
  -- each step worked out once (OFFSET 0), not wherever it is named
  CROSS JOIN LATERAL (
    SELECT CASE WHEN m.last_occurred_at <= l.at THEN l.today - CAST(m.last_occurred_at AT TIME ZONE 'UTC' AS date) END AS days OFFSET 0
  ) d
  WHERE m.closed_at IS NULL AND NOT m.is_asleep
),
bound AS MATERIALIZED (
  SELECT
    w.customer_id, w.exception_id, w.last_occurred_at, kpi.queue_growth(w.least, w.most_both - w.least) AS least,
    kpi.queue_growth(w.most, w.least_both - w.most) AS most
  FROM week w
),
-- between which places each lies; anywhere where no days are kept, or more happened since
lately AS MATERIALIZED (
  SELECT
    b.customer_id, b.exception_id, b.last_occurred_at,
    kpi.queue_turn(NULL, false, coalesce(b.least, '-infinity'), b.last_occurred_at, b.exception_id) AS last_place,
    kpi.queue_turn(NULL, false, coalesce(b.most, 'infinity'), b.last_occurred_at, b.exception_id) AS first_place
  FROM bound b
),
-- so many at least come before this place as the page is long; nothing that can only come after it is on the page
bar AS (
  SELECT max(t.last_place) AS place, count(*) >= CAST(:row_limit AS int) AS is_full
  FROM (
    SELECT k.last_place
    FROM lately k
    WHERE CAST(:after AS float8[]) IS NULL OR k.first_place > CAST(:after AS float8[])
    ORDER BY k.last_place
    LIMIT CAST(:row_limit AS int)
  ) t
),
grown AS (
  SELECT t.customer_id, t.exception_id, kpi.queue_turn(NULL, false, k.growth, t.last_occurred_at, t.exception_id) AS place
  FROM look l
  CROSS JOIN lately t
  CROSS JOIN LATERAL (
    SELECT kpi.queue_growth(count(*) FILTER (WHERE o.occurred_at > l.week_at), count(*) FILTER (WHERE o.occurred_at <= l.week_at)) AS growth
    FROM ops.exception_occurrence o
    WHERE o.customer_id = t.customer_id AND o.exception_id = t.exception_id AND o.occurred_at > l.at - interval '14 days' AND o.occurred_at <= l.at
      AND o.cleared_at IS DISTINCT FROM o.occurred_at
  ) k
  WHERE (CAST(:after AS float8[]) IS NULL OR t.last_place > CAST(:after AS float8[]))
    AND ((SELECT b.is_full FROM bar b) IS NOT TRUE OR t.first_place <= (SELECT b.place FROM bar b))
),
-- what comes after all of those is read only where they do not fill the page
quiet AS (
  (SELECT m.customer_id, m.exception_id, kpi.queue_turn(NULL, false, NULL, m.last_occurred_at, m.exception_id) AS place
   FROM look l
   JOIN matching m ON m.last_occurred_at <= l.week_at
   WHERE (SELECT b.is_full FROM bar b) IS NOT TRUE AND m.closed_at IS NULL AND NOT m.is_asleep
     AND (CAST(:after AS float8[]) IS NULL OR kpi.queue_turn(NULL, false, NULL, m.last_occurred_at, m.exception_id) > CAST(:after AS float8[]))
   ORDER BY m.last_occurred_at DESC, m.exception_id
   LIMIT CAST(:row_limit AS int))
  UNION ALL
  SELECT m.customer_id, m.exception_id, kpi.queue_turn(m.closed_at, m.is_asleep, NULL, m.last_occurred_at, m.exception_id)
  FROM matching m
  WHERE (SELECT b.is_full FROM bar b) IS NOT TRUE AND (m.closed_at IS NOT NULL OR m.is_asleep)
)
SELECT p.customer_id, p.exception_id, p.place, (SELECT count(*) FROM matching) AS total
FROM (SELECT t.* FROM grown t UNION ALL SELECT q.* FROM quiet q) p
WHERE CAST(:after AS float8[]) IS NULL OR p.place > CAST(:after AS float8[])
ORDER BY p.place
LIMIT CAST(:row_limit AS int)
