-- Tells of the work that came due on the listed days from which day to which it waited over a midnight, by what is known now: figure A10.
-- grain:   one row of kpi.balance_step per listed day, day and currency: without currency the number (unknown: of those without an amount), in a
--          currency what they are worth; and one of 0 for the listed day itself, from which on something is known
-- params:  customer_id int
-- columns: rows written
-- source:  metrics.md A10; what waits is what view kpi.transaction calls O or O+: nothing of the chain had ended well, and one of its runs had begun
--          and not ended, or none had ended. Midnight is all that counts, so days stand for instants
WITH
-- include: place
,
listed AS MATERIALIZED (
  SELECT
    l.subject, p.customer_id, p.time_zone, CAST(l.subject AS date) AS day,
    kpi.instant(CAST(l.subject AS timestamp), p.time_zone) AS begins_at,
    kpi.instant(CAST(l.subject AS timestamp) + interval '1 day', p.time_zone) AS ends_at
  FROM place p
  CROSS JOIN pg_temp.age_subject l
),
flow AS (SELECT f.customer_id, f.flow_id FROM ops.flow f WHERE f.customer_id = CAST(:customer_id AS int)),
-- each run by the days on which it came into being, ended, and ended well, as in view kpi.run
run AS (
  SELECT
    l.subject, l.day, r.flow_id, r.due_at, r.system_id, r.transaction_key, r.external_id, r.trigger, r.amount, r.currency, r.is_root, r.seen_from,
    CAST(r.seen_from AT TIME ZONE l.time_zone AS date) AS seen_on, CAST(r.ended_at AT TIME ZONE l.time_zone AS date) AS ended_on,
    CASE WHEN r.is_good THEN CAST(r.ended_at AT TIME ZONE l.time_zone AS date) END AS good_on
  FROM listed l
  JOIN flow f ON f.customer_id = l.customer_id
  CROSS JOIN LATERAL (
    SELECT
      x.flow_id, x.due_at, x.system_id, x.transaction_key, x.external_id, x.trigger, x.amount, CAST(x.currency AS text) AS currency,
      x.external_id = x.transaction_key AS is_root,
      CASE WHEN x.external_id = x.transaction_key THEN x.due_at ELSE coalesce(x.started_at, x.due_at) END AS seen_from,
      CASE
        WHEN x.status IN ('success', 'partial', 'failed', 'cancelled', 'timeout', 'skipped', 'unknown')
        THEN coalesce(x.finished_at, x.target_committed_at, x.started_at, x.due_at)
      END AS ended_at,
      x.status = 'success' AND coalesce(x.records_bad, 0) = 0 OR x.status = 'partial' AND coalesce(x.records_bad = 0, false) AS is_good
    FROM raw.run x
    WHERE x.customer_id = f.customer_id AND x.flow_id = f.flow_id AND x.due_at >= l.begins_at AND x.due_at < l.ends_at
    OFFSET 0 -- a look-up for each flow and day; joined freely, the whole history would be read
  ) r
),
chain AS (
  SELECT
    r.subject, r.day, r.flow_id, r.due_at, r.system_id, r.transaction_key, min(r.good_on) AS good_on, min(r.ended_on) AS ended_on,
    (array_agg(r.trigger ORDER BY r.is_root DESC, r.seen_from, r.external_id))[1] AS trigger,
    (array_agg(r.amount ORDER BY r.is_root DESC, r.seen_from, r.external_id))[1] AS amount,
    (array_agg(r.currency ORDER BY r.is_root DESC, r.seen_from, r.external_id))[1] AS currency,
    range_agg(daterange(r.seen_on, greatest(r.seen_on, r.ended_on))) FILTER (WHERE r.ended_on IS NOT NULL) AS at_work,
    min(r.seen_on) FILTER (WHERE r.ended_on IS NULL) AS open_from
  FROM run r
  GROUP BY r.subject, r.day, r.flow_id, r.due_at, r.system_id, r.transaction_key
  -- nearly all of it ends on the day on which it began
  HAVING bool_or(r.ended_on IS NULL OR r.ended_on > r.seen_on) OR min(r.ended_on) > r.day
),
slot AS (
  SELECT l.subject, l.day, l.customer_id, l.time_zone, s.flow_id, s.due_at, s.attempt_by, p.calendar_id, p.deadline_seconds
  FROM listed l
  JOIN flow f ON f.customer_id = l.customer_id
  CROSS JOIN LATERAL (
    SELECT k.flow_id, k.due_at, k.attempt_by
    FROM kpi.slot k
    WHERE k.customer_id = f.customer_id AND k.flow_id = f.flow_id AND k.due_at >= l.begins_at AND k.due_at < l.ends_at
    OFFSET 0
  ) s
  JOIN ops.flow_promise p ON p.customer_id = l.customer_id AND p.flow_id = s.flow_id AND p.valid_from <= s.due_at AND s.due_at < p.valid_to
    AND p.slot_seconds IS NOT NULL
  -- in open time a deadline comes later than its seconds say, never sooner
  WHERE p.calendar_id IS NOT NULL OR s.due_at + make_interval(secs => p.deadline_seconds) >= l.ends_at
),
slot_wait AS (
  SELECT s.subject, s.day, CAST(least(served.at, deadline.decide_by) AT TIME ZONE s.time_zone AS date) AS over_on
  FROM slot s
  CROSS JOIN LATERAL (
    SELECT s.customer_id, s.calendar_id, s.due_at AS since, s.deadline_seconds AS seconds
  ) asked
-- include: open_deadline
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN s.calendar_id IS NULL THEN s.due_at + make_interval(secs => s.deadline_seconds)
      WHEN used_up.at <= used_up.closes_at THEN used_up.at
    END AS decide_by
    OFFSET 0
  ) deadline
  CROSS JOIN LATERAL (
    SELECT min(r.due_at) AS at
    FROM raw.run r
    WHERE r.customer_id = s.customer_id AND r.flow_id = s.flow_id AND r.due_at >= s.due_at AND r.due_at < s.attempt_by
  ) served
),
waited AS (
  SELECT c.subject, CASE WHEN c.amount IS NOT NULL THEN c.currency END AS currency, c.amount, lower(w.days) AS from_day, upper(w.days) AS to_day
  FROM chain c
  CROSS JOIN LATERAL (
    SELECT unnest(
      (coalesce(c.at_work, '{}') + CASE WHEN c.open_from IS NULL THEN '{}' ELSE datemultirange(daterange(c.open_from, NULL)) END
        + datemultirange(daterange(c.day, CASE WHEN c.ended_on IS NOT NULL THEN greatest(c.day, c.ended_on) END)))
      * datemultirange(daterange(c.day, CASE WHEN c.good_on IS NOT NULL THEN greatest(c.day, c.good_on) END))) AS days
  ) w
  WHERE c.trigger <> 'test'
  UNION ALL
  SELECT s.subject, NULL, NULL, s.day, s.over_on
  FROM slot_wait s
  WHERE coalesce(s.over_on > s.day, true)
),
change AS (
  SELECT w.subject, m.day, v.currency, m.sign * v.value AS value, m.sign AS sample, m.sign * v.unknown AS unknown
  FROM waited w
  CROSS JOIN LATERAL (VALUES (w.from_day, 1), (w.to_day, -1)) m (day, sign)
  CROSS JOIN LATERAL (
    SELECT '' AS currency, CAST(1 AS numeric) AS value, CAST(w.amount IS NULL AS int) AS unknown
    UNION ALL
    SELECT w.currency, w.amount, 0 WHERE w.currency IS NOT NULL
  ) v
  WHERE m.day IS NOT NULL
  UNION ALL
  SELECT r.subject, r.day, '', 0, 0, 0
  FROM run r
  GROUP BY r.subject, r.day
)
INSERT INTO kpi.balance_step (customer_id, metric, subject, day, currency, value, sample, unknown)
SELECT CAST(:customer_id AS int), 'backlog', c.subject, c.day, c.currency, sum(c.value), sum(c.sample), sum(c.unknown)
FROM change c
GROUP BY c.subject, c.day, c.currency
