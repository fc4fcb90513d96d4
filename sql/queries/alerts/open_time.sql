-- When so much open time of a calendar has passed since an instant; with none, when it is open next.
-- grain:   one row, or none where the customer has no such calendar or its windows do not reach so far
-- params:  customer_ids int[]; calendar text; at timestamptz; seconds float8
-- columns: due_at timestamptz
-- source:  metrics.md 4.6, the cumulative form
WITH
own AS (
  SELECT k.customer_id, k.calendar_id
  FROM ops.calendar k
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.key = CAST(:calendar AS text)
),
begun AS (
  SELECT coalesce((
    SELECT w.seconds_before + extract(epoch FROM least(CAST(:at AS timestamptz), w.closes_at) - w.opens_at)
    FROM own o
    JOIN ops.calendar_window w ON w.customer_id = o.customer_id AND w.calendar_id = o.calendar_id AND w.opens_at <= CAST(:at AS timestamptz)
    ORDER BY w.opens_at DESC
    LIMIT 1), 0) + CAST(:seconds AS float8) AS seconds
)
SELECT greatest(w.opens_at + make_interval(secs => CAST(b.seconds - w.seconds_before AS float8)), w.opens_at, CAST(:at AS timestamptz)) AS due_at
FROM own o
CROSS JOIN begun b
JOIN ops.calendar_window w ON w.customer_id = o.customer_id AND w.calendar_id = o.calendar_id AND w.closes_at > CAST(:at AS timestamptz)
WHERE w.seconds_before + extract(epoch FROM w.closes_at - w.opens_at) >= b.seconds
ORDER BY w.opens_at
LIMIT 1
