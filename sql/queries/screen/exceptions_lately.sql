-- Exceptions day by day over the last fourteen days, to tell which get worse.
-- grain:   one row per exception
-- params:  customer_ids int[]; exception_ids bigint[]; is_whole boolean (true: with the open exceptions that wait for it); as_of timestamptz
-- columns: customer_id int; exception_id bigint; opened_at, last_occurred_at timestamptz; days int[] (fourteen, each 24 hours, the last ends at
--          as_of; records that it happened to then); growth float8 (kpi.queue_growth of the last seven against the seven before);
--          read_until timestamptz (how far its system was read; null: nobody says)
-- source:  exceptions; a record that turned out to be none is not counted
WITH
chosen AS MATERIALIZED (
  SELECT e.customer_id, e.exception_id, e.opened_at, e.last_occurred_at, coalesce(e.system_id, f.runs_system_id) AS system_id
  FROM ops.exception e
  LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.exception_id = ANY (CAST(:exception_ids AS bigint[]))
),
member AS (
  SELECT c.customer_id, c.exception_id, c.exception_id AS member_id, c.opened_at, c.last_occurred_at
  FROM chosen c
  UNION ALL
  SELECT c.customer_id, c.exception_id, w.exception_id, w.opened_at, w.last_occurred_at
  FROM chosen c
  JOIN ops.exception w ON w.customer_id = c.customer_id AND w.blocked_by_exception_id = c.exception_id AND w.closed_at IS NULL
  WHERE CAST(:is_whole AS boolean)
),
span AS (
  SELECT m.customer_id, m.exception_id, min(m.opened_at) AS opened_at, max(m.last_occurred_at) AS last_occurred_at
  FROM member m
  GROUP BY m.customer_id, m.exception_id
),
counted AS (
  SELECT m.customer_id, m.exception_id, o.nth, count(*) AS n
  FROM member m
  CROSS JOIN LATERAL (
    SELECT 14 - CAST(floor(extract(epoch FROM CAST(:as_of AS timestamptz) - o.occurred_at) / 86400) AS int) AS nth
    FROM ops.exception_occurrence o
    WHERE o.customer_id = m.customer_id AND o.exception_id = m.member_id AND o.occurred_at > CAST(:as_of AS timestamptz) - interval '14 days'
      AND o.occurred_at <= CAST(:as_of AS timestamptz) AND o.cleared_at IS DISTINCT FROM o.occurred_at
  ) o
  WHERE m.last_occurred_at > CAST(:as_of AS timestamptz) - interval '14 days'
  GROUP BY m.customer_id, m.exception_id, o.nth
),
daily AS (
  SELECT
    s.customer_id, s.exception_id, array_agg(CAST(coalesce(k.n, 0) AS int) ORDER BY d.nth) AS days,
    kpi.queue_growth(CAST(coalesce(sum(k.n) FILTER (WHERE d.nth > 7), 0) AS bigint), CAST(coalesce(sum(k.n) FILTER (WHERE d.nth <= 7), 0) AS bigint))
      AS growth
  FROM span s
  CROSS JOIN generate_series(1, 14) d (nth)
  LEFT JOIN counted k ON k.customer_id = s.customer_id AND k.exception_id = s.exception_id AND k.nth = d.nth
  GROUP BY s.customer_id, s.exception_id
),
read AS (
  SELECT k.customer_id, k.system_id, max(upper(k.windows)) AS read_until
  FROM kpi.stream_read k
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
  GROUP BY k.customer_id, k.system_id
)
SELECT c.customer_id, c.exception_id, s.opened_at, s.last_occurred_at, d.days, d.growth, r.read_until
FROM chosen c
JOIN span s ON s.customer_id = c.customer_id AND s.exception_id = c.exception_id
JOIN daily d ON d.customer_id = c.customer_id AND d.exception_id = c.exception_id
LEFT JOIN read r ON r.customer_id = c.customer_id AND r.system_id = c.system_id
