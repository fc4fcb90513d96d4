-- What was in trouble at the end of every local day that has ended, by what is known now: figure A13 for all days at once, and its money.
-- grain:   one row of pg_temp.balance_now per day for the number (without currency), from the first day that was read or had trouble; and one
--          per currency for the amounts, where unknown counts what is in trouble without an amount
-- params:  customer_id int; until date (the last day)
-- columns: rows written
-- source:  metrics.md A13 (fragment exception_life); what a person waived is not open while it is waived
WITH
place AS (
  SELECT c.customer_id, c.time_zone, CAST(:until AS date) AS last_day, CAST(CAST(:until AS date) + 1 AS timestamp) AT TIME ZONE c.time_zone AS at
  FROM ops.customer c
  WHERE c.customer_id = CAST(:customer_id AS int)
),
state AS (  -- of those that were ever waived: what they were called from when to when
  SELECT
    v.exception_id, v.to_state, v.at AS from_at, lead(v.at) OVER (PARTITION BY v.exception_id ORDER BY v.at, v.event_id) AS to_at
  FROM ops.exception_event v
  WHERE v.customer_id = CAST(:customer_id AS int) AND v.to_state IS NOT NULL
    AND v.exception_id IN (
      SELECT w.exception_id FROM ops.exception_event w WHERE w.customer_id = CAST(:customer_id AS int) AND w.to_state = 'waived')
),
subject AS (
  SELECT
    row_number() OVER () AS n, o.exception_id, o.occurred_at, coalesce(o.cleared_at, CAST('infinity' AS timestamptz)) AS cleared_at, o.amount,
    CAST(o.currency AS text) AS currency, o.amount IS NOT NULL AND o.currency IS NOT NULL AS has_value
  FROM place p
  JOIN ops.exception_occurrence o ON o.customer_id = p.customer_id AND o.occurred_at < p.at
  JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id
  WHERE o.customer_id = CAST(:customer_id AS int) AND o.cleared_at IS DISTINCT FROM o.occurred_at
),
moment AS (
  SELECT DISTINCT s.n, CAST(m.at AT TIME ZONE p.time_zone AS date) AS day
  FROM place p
  CROSS JOIN subject s
  CROSS JOIN LATERAL (
    VALUES (s.occurred_at), (s.cleared_at)
    UNION ALL SELECT t.from_at FROM state t WHERE t.exception_id = s.exception_id
  ) m (at)
  WHERE m.at >= s.occurred_at AND m.at < p.at
),
counted AS (
  SELECT
    s.n, m.day, s.amount, s.currency, s.has_value,
    CAST(s.cleared_at >= d.ends_at AND NOT EXISTS (
      SELECT
      FROM state t
      WHERE t.exception_id = s.exception_id AND t.to_state = 'waived' AND t.from_at < d.ends_at AND coalesce(t.to_at >= d.ends_at, true)) AS int) AS is_open
  FROM moment m
  JOIN subject s ON s.n = m.n
  CROSS JOIN place p
  CROSS JOIN LATERAL (SELECT CAST(m.day + 1 AS timestamp) AT TIME ZONE p.time_zone AS ends_at) d
),
moved AS (
  SELECT c.day, c.amount, c.currency, c.has_value, c.is_open - lag(c.is_open, 1, 0) OVER (PARTITION BY c.n ORDER BY c.day) AS step
  FROM counted c
),
money AS (
  SELECT s.currency, min(CAST(s.occurred_at AT TIME ZONE p.time_zone AS date)) AS day
  FROM subject s
  CROSS JOIN place p
  WHERE s.has_value
  GROUP BY s.currency
),
looked AS (
  SELECT min(lower(k.windows)) AS at
  FROM kpi.stream_read k
  WHERE k.customer_id = CAST(:customer_id AS int) AND isfinite(lower(k.windows))
),
change AS (
  SELECT '' AS currency, m.day, CAST(m.step AS numeric) AS value, m.step AS sample, 0 AS unknown
  FROM moved m
  UNION ALL
  SELECT '', CAST(l.at AT TIME ZONE p.time_zone AS date), 0, 0, 0
  FROM looked l
  CROSS JOIN place p
  WHERE l.at < p.at
  UNION ALL
  SELECT m.currency, m.day, m.step * m.amount, m.step, 0
  FROM moved m
  WHERE m.has_value
  UNION ALL
  -- what nobody knows the worth of may be worth something in each of them
  SELECT y.currency, greatest(m.day, y.day), 0, 0, m.step
  FROM moved m
  CROSS JOIN money y
  WHERE NOT m.has_value
),
-- include: balance_series
INSERT INTO pg_temp.balance_now (metric, day, currency, value, unknown, sample)
SELECT
  'exception_backlog', s.day, s.currency, CASE WHEN s.currency = '' OR s.sample > 0 OR s.unknown = 0 THEN s.value END, s.unknown, s.sample
FROM summed s
