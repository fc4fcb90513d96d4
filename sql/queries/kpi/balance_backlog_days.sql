-- The local days at whose end one looks for waiting transactions: the last three, and those before that have none.
-- grain:   one row per local day that has ended, none before the first run that was read
-- params:  customer_id int; until date (the last day)
-- columns: day date; ends_at timestamptz
-- source:  [ours] a look costs a look; what is known late about older days is told by the figure of their end, not by their balance
SELECT CAST(d.day AS date) AS day, (d.day + interval '1 day') AT TIME ZONE c.time_zone AS ends_at
FROM ops.customer c
CROSS JOIN LATERAL (
  SELECT least(CAST(:until AS date) - 2, max(b.day) + 1) AS day
  FROM ops.balance_day b
  WHERE b.customer_id = c.customer_id AND b.metric = 'backlog' AND b.known_to = 'infinity'
) known
CROSS JOIN LATERAL (
  SELECT CAST(min(r.due_at) AT TIME ZONE c.time_zone AS date) AS day FROM raw.run r WHERE r.customer_id = c.customer_id
) begun
CROSS JOIN LATERAL generate_series(
  CAST(greatest(known.day, begun.day, CAST(:until AS date) - 30) AS timestamp), CAST(CAST(:until AS date) AS timestamp), interval '1 day') d (day)
WHERE c.customer_id = CAST(:customer_id AS int) AND begun.day IS NOT NULL
ORDER BY d.day
