-- The days on which a calendar is open.
-- grain:   one row per local day with an open window
-- params:  customer_ids int[]; calendar text; since, until timestamptz
-- columns: day date
-- source:  business calendars
SELECT DISTINCT CAST(w.opens_at AT TIME ZONE k.time_zone AS date) AS day
FROM ops.calendar k
JOIN ops.calendar_window w ON w.customer_id = k.customer_id AND w.calendar_id = k.calendar_id
WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.key = CAST(:calendar AS text)
  AND w.opens_at >= CAST(:since AS timestamptz) AND w.opens_at < CAST(:until AS timestamptz)
ORDER BY day
