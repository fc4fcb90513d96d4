-- How fresh each stream is: its last poll, its last complete one, and what is held back.
-- grain:   one row per customer, system and stream that was polled within 35 days before the instant
-- params:  customer_ids int[]; as_of timestamptz
-- columns: customer_id int; customer, system_key, role, kind, stream, outcome, error_kind, error text; due_at, started_at,
--          complete_at, read_until timestamptz; every_seconds float8 (between the last two polls); polls, complete,
--          rows_read bigint (24 hours); held bigint; truncated boolean; clock_skew_seconds float8; rate_limit,
--          rate_limit_remaining int; warnings jsonb
-- source:  the poll ledger
WITH polled AS (
  SELECT p.*,
         row_number() OVER w AS nth,
         extract(epoch FROM p.due_at - lead(p.due_at) OVER w) AS every_seconds
  FROM ops.poll p
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND p.started_at > CAST(:as_of AS timestamptz) - interval '35 days'
    AND p.started_at <= CAST(:as_of AS timestamptz)
  WINDOW w AS (PARTITION BY p.customer_id, p.system_id, p.stream ORDER BY p.started_at DESC, p.poll_id DESC)
),
stream AS (
  SELECT p.customer_id, p.system_id, p.stream,
         max(p.finished_at) FILTER (WHERE p.outcome = 'complete') AS complete_at,
         max(p.window_to) FILTER (WHERE p.outcome = 'complete') AS read_until,
         count(*) FILTER (WHERE p.started_at > CAST(:as_of AS timestamptz) - interval '1 day') AS polls,
         count(*) FILTER (WHERE p.outcome = 'complete' AND p.started_at > CAST(:as_of AS timestamptz) - interval '1 day') AS complete,
         coalesce(sum(p.rows_new + p.rows_changed)
           FILTER (WHERE p.started_at > CAST(:as_of AS timestamptz) - interval '1 day'), 0) AS rows_read
  FROM polled p
  GROUP BY p.customer_id, p.system_id, p.stream
),
held AS (
  SELECT q.customer_id, q.system_id, q.stream, count(*) AS held
  FROM ops.quarantine q
  WHERE q.customer_id = ANY (CAST(:customer_ids AS int[])) AND q.state = 'held'
  GROUP BY q.customer_id, q.system_id, q.stream
)
SELECT l.customer_id, c.name AS customer, s.key AS system_key, s.role, s.kind, l.stream, l.outcome, l.error_kind, l.error,
       l.due_at, l.started_at, t.complete_at, t.read_until, CAST(l.every_seconds AS float8) AS every_seconds,
       t.polls, t.complete, CAST(t.rows_read AS bigint) AS rows_read, coalesce(h.held, 0) AS held, l.truncated,
       l.clock_skew_seconds, l.rate_limit, l.rate_limit_remaining, l.warnings
FROM polled l
JOIN stream t ON t.customer_id = l.customer_id AND t.system_id = l.system_id AND t.stream = l.stream
JOIN ops.system s ON s.customer_id = l.customer_id AND s.system_id = l.system_id AND s.removed_at IS NULL
JOIN ops.customer c ON c.customer_id = l.customer_id
LEFT JOIN held h ON h.customer_id = l.customer_id AND h.system_id = l.system_id AND h.stream = l.stream
WHERE l.nth = 1
ORDER BY c.name, s.role, s.key, l.stream
