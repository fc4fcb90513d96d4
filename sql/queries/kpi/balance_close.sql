-- Says until when a balance was what we knew: those that are worked out otherwise now, or not at all.
-- grain:   one row of ops.balance_day
-- params:  customer_id int; metrics text[] (those that were worked out); until date; now timestamptz
-- columns: rows written
-- source:  [ours] valid time is the day, system time known_from and known_to
UPDATE ops.balance_day b
SET known_to = CAST(:now AS timestamptz)
WHERE b.customer_id = CAST(:customer_id AS int) AND b.metric = ANY (CAST(:metrics AS text[])) AND b.known_to = 'infinity'
  AND b.day <= CAST(:until AS date) AND b.known_from < CAST(:now AS timestamptz)
  AND NOT EXISTS (
    SELECT FROM pg_temp.balance_now n
    WHERE n.metric = b.metric AND n.day = b.day AND n.currency = b.currency AND n.value IS NOT DISTINCT FROM b.value AND n.unknown = b.unknown
      AND n.sample = b.sample)
