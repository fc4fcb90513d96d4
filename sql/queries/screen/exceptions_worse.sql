-- The exceptions of a filter in the order in which they get worse: what grows most surely first, then what nothing happened to lately.
-- grain:   one row per exception
-- params:  customer_ids int[]; view, class, rule, words, tag text; owner_person_id, mentioned_person_id int; exception_ids bigint[]; as_of,
--          ranked_at timestamptz; after float8[]; row_limit int (as in screen/exceptions.sql)
-- columns: customer_id int; exception_id bigint; place float8[] (its own in this order); total bigint (all that match, beyond the limit too)
-- source:  fragment triage_filter; kpi.queue_growth of the seven days before ranked_at against the seven before those. What is closed or sleeps
--          comes last, as everywhere in the queue
WITH
look AS (SELECT coalesce(CAST(:ranked_at AS timestamptz), CAST(:as_of AS timestamptz)) AS at),
-- include: triage_mention
,
-- include: triage_filter
,
lately AS (
  SELECT m.customer_id, m.exception_id, m.last_occurred_at, kpi.queue_growth(k.lately, k.before) AS growth
  FROM look l
  CROSS JOIN matching m
  CROSS JOIN LATERAL (
    SELECT
      count(*) FILTER (WHERE o.occurred_at > l.at - interval '7 days') AS lately,
      count(*) FILTER (WHERE o.occurred_at <= l.at - interval '7 days') AS before
    FROM ops.exception_occurrence o
    WHERE o.customer_id = m.customer_id AND o.exception_id = m.exception_id AND o.occurred_at > l.at - interval '14 days' AND o.occurred_at <= l.at
      AND o.cleared_at IS DISTINCT FROM o.occurred_at
  ) k
  WHERE m.closed_at IS NULL AND NOT m.is_asleep AND m.last_occurred_at > l.at - interval '7 days'
),
-- of what is awake and nothing happened to within the week only the first can be among the first of all
rest AS (
  (SELECT m.customer_id, m.exception_id, m.closed_at, m.is_asleep, m.last_occurred_at
   FROM look l
   CROSS JOIN matching m
   WHERE m.closed_at IS NULL AND NOT m.is_asleep AND m.last_occurred_at <= l.at - interval '7 days'
     AND (CAST(:after AS float8[]) IS NULL OR kpi.queue_turn(NULL, false, NULL, m.last_occurred_at, m.exception_id) > CAST(:after AS float8[]))
   ORDER BY m.last_occurred_at DESC, m.exception_id
   LIMIT CAST(:row_limit AS int))
  UNION ALL
  SELECT m.customer_id, m.exception_id, m.closed_at, m.is_asleep, m.last_occurred_at
  FROM matching m
  WHERE m.closed_at IS NOT NULL OR m.is_asleep
),
placed AS (
  SELECT k.customer_id, k.exception_id, kpi.queue_turn(NULL, false, k.growth, k.last_occurred_at, k.exception_id) AS place
  FROM lately k
  UNION ALL
  SELECT r.customer_id, r.exception_id, kpi.queue_turn(r.closed_at, r.is_asleep, NULL, r.last_occurred_at, r.exception_id)
  FROM rest r
)
SELECT p.customer_id, p.exception_id, p.place, (SELECT count(*) FROM matching) AS total
FROM placed p
WHERE CAST(:after AS float8[]) IS NULL OR p.place > CAST(:after AS float8[])
ORDER BY p.place
LIMIT CAST(:row_limit AS int)
