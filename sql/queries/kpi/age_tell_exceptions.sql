-- Tells how long what listed exceptions happened to was in trouble, in days: the clock of figure A13b.
-- grain:   one row of kpi.age_piece per exception, currency, day, way it ended and time for which that holds
-- params:  customer_id int
-- columns: rows written
-- source:  metrics.md A13 (fragment exception_life): what was waived and then cleared, or waived no more, was waived as long as one looks from before
WITH
place AS (
  SELECT c.customer_id, c.time_zone FROM ops.customer c WHERE c.customer_id = CAST(:customer_id AS int)
),
listed AS MATERIALIZED (SELECT CAST(s.subject AS bigint) AS exception_id FROM pg_temp.age_subject s),
state AS MATERIALIZED (  -- of those that were ever waived: what they were called from when to when
  SELECT
    v.exception_id, v.to_state, v.at AS from_at,
    coalesce(lead(v.at) OVER (PARTITION BY v.exception_id ORDER BY v.at, v.event_id), CAST('infinity' AS timestamptz)) AS to_at
  FROM listed l
  JOIN ops.exception_event v ON v.customer_id = CAST(:customer_id AS int) AND v.exception_id = l.exception_id AND v.to_state IS NOT NULL
  WHERE v.customer_id = CAST(:customer_id AS int) AND EXISTS (
    SELECT
    FROM ops.exception_event w
    WHERE w.customer_id = CAST(:customer_id AS int) AND w.exception_id = l.exception_id AND w.to_state = 'waived')
),
subject AS MATERIALIZED (
  SELECT
    row_number() OVER () AS n, o.exception_id, o.occurred_at, coalesce(o.cleared_at, CAST('infinity' AS timestamptz)) AS cleared_at, o.amount,
    CAST(o.currency AS text) AS currency, p.time_zone,
    CAST(o.occurred_at AT TIME ZONE p.time_zone AS date) AS began_on
  FROM place p
  CROSS JOIN listed l
  JOIN ops.exception_occurrence o ON o.customer_id = p.customer_id AND o.exception_id = l.exception_id
  WHERE o.customer_id = CAST(:customer_id AS int) AND o.cleared_at IS DISTINCT FROM o.occurred_at
),
horizon AS (
  SELECT s.n, h.at, lag(h.at) OVER (PARTITION BY s.n ORDER BY h.at) AS since
  FROM subject s
  CROSS JOIN LATERAL (
    SELECT t.to_at AS at FROM state t WHERE t.exception_id = s.exception_id AND t.to_state = 'waived'
    UNION
    SELECT s.cleared_at FROM state t WHERE t.exception_id = s.exception_id AND t.to_state = 'waived'
    UNION
    SELECT 'infinity'
  ) h
  WHERE h.at > s.occurred_at
),
told AS (
  SELECT
    CAST(s.exception_id AS text) AS subject, s.began_on, s.amount, coalesce(s.currency, '') AS currency,
    coalesce(CAST(h.since AT TIME ZONE s.time_zone AS date), CAST('-infinity' AS date)) AS holds_from,
    CAST(h.at AT TIME ZONE s.time_zone AS date) AS holds_to,
    CASE WHEN s.cleared_at < h.at THEN 1 WHEN v.from_at IS NOT NULL THEN 2 ELSE 0 END AS cause,
    CAST(CASE WHEN s.cleared_at < h.at THEN s.cleared_at WHEN v.from_at IS NOT NULL THEN greatest(v.from_at, s.occurred_at) ELSE 'infinity' END
      AT TIME ZONE s.time_zone AS date) AS ended_on
  FROM horizon h
  JOIN subject s ON s.n = h.n
  LEFT JOIN LATERAL (
    SELECT t.from_at
    FROM state t
    WHERE t.exception_id = s.exception_id AND t.to_state = 'waived' AND t.from_at < h.at AND t.to_at >= h.at
  ) v ON true
)
INSERT INTO kpi.age_piece (customer_id, kind, subject, project, currency, began_on, ended_on, cause, holds_from, holds_to, n, n_no_value, amount, worth)
SELECT
  CAST(:customer_id AS int), 'exception_time_to_clear', t.subject, '', t.currency, t.began_on, t.ended_on, t.cause, t.holds_from, t.holds_to, count(*),
  count(*) FILTER (WHERE t.amount IS NULL), coalesce(sum(t.amount) FILTER (WHERE t.amount > 0 AND t.currency <> ''), 0),
  CASE WHEN t.currency <> '' THEN coalesce(sum(t.amount), 0) ELSE 0 END
FROM told t
WHERE t.holds_from < t.holds_to
GROUP BY t.subject, t.currency, t.began_on, t.ended_on, t.cause, t.holds_from, t.holds_to
