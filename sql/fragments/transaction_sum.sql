-- The counters of every part, added up; parts in which nothing happened are zeros.
-- expects: counted (fragment transaction_count), part and part_of_flow (fragment parts); param by text
-- gives:   summed, one row per customer and part: s1, s2, s3, failed, overdue, missed, pending, void, unknown, attempted,
--          attempts, records_ok, records_bad, records_unknown; good = s1 + s2, valid = good + s3 + failed + overdue + missed
summed AS (
  SELECT s.*, s.s1 + s.s2 AS good, s.s1 + s.s2 + s.s3 + s.failed + s.overdue + s.missed AS valid
  FROM (
    SELECT
      coalesce(p.customer_id, g.customer_id) AS customer_id, coalesce(p.part, g.part) AS part,
      coalesce(g.s1, 0) AS s1, coalesce(g.s2, 0) AS s2, coalesce(g.s3, 0) AS s3, coalesce(g.failed, 0) AS failed,
      coalesce(g.overdue, 0) AS overdue, coalesce(g.missed, 0) AS missed, coalesce(g.pending, 0) AS pending,
      coalesce(g.void, 0) AS void, coalesce(g.unknown, 0) AS unknown,
      coalesce(g.attempted, 0) AS attempted, coalesce(g.attempts, 0) AS attempts,
      coalesce(g.records_ok, 0) AS records_ok, coalesce(g.records_bad, 0) AS records_bad, coalesce(g.records_unknown, 0) AS records_unknown
    FROM part p
    FULL JOIN (
      SELECT
        c.customer_id,
        ''
-- include: part_name
          AS part,
        sum(c.n_s1) AS s1, sum(c.n_s2) AS s2, sum(c.n_s3) AS s3, sum(c.n_failed) AS failed, sum(c.n_overdue) AS overdue,
        sum(c.n_missed) AS missed, sum(c.n_open) AS pending, sum(c.n_void) AS void, sum(c.n_unknown) AS unknown,
        sum(c.n_attempted) AS attempted, sum(c.attempts) AS attempts,
        sum(c.records_ok) AS records_ok, sum(c.records_bad) AS records_bad, sum(c.n_records_unknown) AS records_unknown
      FROM counted c
-- include: part_join
      GROUP BY 1, 2
    ) g ON g.customer_id = p.customer_id AND g.part = p.part
  ) s
)
