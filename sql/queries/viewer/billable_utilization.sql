-- Billable utilization: of the hours that people could have worked, the share that was worked, approved and can be billed.
-- grain:   one row per customer and part; a customer without people has one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (practice, system or null)
-- columns: customer_id int; part, currency text (null); value float8 (null: no capacity is known); numerator (billable hours), denominator
--          (capacity hours) numeric; unknown, sample bigint (people); low, high float8 (null); with_unapproved float8 (if all that waits for
--          approval were approved); unapproved_hours, unknown_hours (of people whose capacity is not known) numeric; net float8 (of
--          capacity less approved leave; null: nobody tells of leave); leave_hours numeric (null: the same); is_provisional boolean
--          (the period ended less than 10 days ago, or has not); capacity text (the variant)
-- source:  metrics.md C14: a ratio of sums, attributed to the day of the work
WITH
-- include: look
,
-- include: capacity
,
counted AS (
  SELECT
    p.customer_id, x.part,
    coalesce(sum(p.billable) FILTER (WHERE NOT p.is_unknown), 0) AS billable, coalesce(sum(p.capacity) FILTER (WHERE NOT p.is_unknown), 0) AS capacity,
    coalesce(sum(p.unapproved) FILTER (WHERE NOT p.is_unknown), 0) AS unapproved,
    coalesce(sum(p.leave_hours) FILTER (WHERE NOT p.is_unknown), 0) AS leave_hours,
    coalesce(sum(p.billable + p.unapproved) FILTER (WHERE p.is_unknown), 0) AS unknown_hours,
    count(*) FILTER (WHERE p.is_unknown) AS unknown, count(*) FILTER (WHERE NOT p.is_unknown) AS sample
  FROM person p
  JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id
  CROSS JOIN LATERAL (
    SELECT CASE CAST(:by AS text) WHEN 'practice' THEN coalesce(p.practice, '(no practice)') WHEN 'system' THEN y.key ELSE '' END AS part
  ) x
  GROUP BY p.customer_id, x.part
)
SELECT
  a.customer_id, a.part, CAST(NULL AS text) AS currency, CASE WHEN n.capacity > 0 THEN CAST(n.billable / n.capacity AS float8) END AS value,
  n.billable AS numerator, n.capacity AS denominator, coalesce(n.unknown, 0) AS unknown, coalesce(n.sample, 0) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  CASE WHEN n.capacity > 0 THEN CAST((n.billable + n.unapproved) / n.capacity AS float8) END AS with_unapproved,
  coalesce(n.unapproved, 0) AS unapproved_hours, coalesce(n.unknown_hours, 0) AS unknown_hours,
  CASE WHEN l.customer_id IS NOT NULL AND n.capacity > n.leave_hours THEN CAST(n.billable / (n.capacity - n.leave_hours) AS float8) END AS net,
  CASE WHEN l.customer_id IS NOT NULL THEN coalesce(n.leave_hours, 0) END AS leave_hours,
  k.at < CAST(:until AS timestamptz) + interval '10 days' AS is_provisional, 'gross: contract hours less public holidays' AS capacity
FROM (
  SELECT k.customer_id, '' AS part
  FROM look k
  WHERE CAST(:by AS text) IS NULL
  UNION
  SELECT n.customer_id, n.part
  FROM counted n
) a
JOIN look k ON k.customer_id = a.customer_id
LEFT JOIN leave_read l ON l.customer_id = a.customer_id
LEFT JOIN counted n ON n.customer_id = a.customer_id AND n.part = a.part
ORDER BY customer_id, part
