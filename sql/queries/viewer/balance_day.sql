-- Balances of the days of a period, as they were known at an instant.
-- grain:   one row per customer, local day that had ended and currency
-- params:  customer_ids int[]; metric text; since, until timestamptz; known_at timestamptz (null: what is known now)
-- columns: customer_id int; day date; currency text (null: of what has no currency); value numeric (null: nothing of it has a value that is
--          known); unknown, sample bigint; known_from timestamptz; known_to timestamptz (null: still)
-- source:  ops.balance_day: the day is valid time, known_from and known_to are system time
SELECT
  b.customer_id, b.day, nullif(b.currency, '') AS currency, b.value, b.unknown, b.sample, b.known_from, nullif(b.known_to, 'infinity') AS known_to
FROM ops.balance_day b
JOIN ops.customer c ON c.customer_id = b.customer_id
WHERE b.customer_id = ANY (CAST(:customer_ids AS int[])) AND b.metric = CAST(:metric AS text)
  AND b.known_from <= coalesce(CAST(:known_at AS timestamptz), now()) AND b.known_to > coalesce(CAST(:known_at AS timestamptz), now())
  AND CAST(b.day AS timestamp) AT TIME ZONE c.time_zone >= CAST(:since AS timestamptz)
  AND CAST(b.day AS timestamp) AT TIME ZONE c.time_zone < CAST(:until AS timestamptz)
ORDER BY b.customer_id, b.day, b.currency
