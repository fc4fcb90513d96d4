-- Streams that are behind although no poll of theirs failed: nobody asks any more, or what is asked brings nothing.
-- grain:   one row of pg_temp.candidate per stream and time that it was behind
-- params:  customer_ids int[]; look_ids int[], look_ats timestamptz[] (the customers, and the instants at which each is judged: a pass has one);
--          now timestamptz
-- columns: rule stream_stale; one cause for a customer of whom nothing is asked any more, else one for each stream. Began when its turn, or
--          what it should have brought, was due; cleared at the last instant at which it held, where that is past
-- source:  the ledger. How often a stream is asked is the median of the distances at which its last twelve polls were due; patience is as on the
--          page Freshness. What it brings is held against its longest break of five weeks; with fewer than ten days on which it brought
--          anything nobody can say. Whose poll went wrong is told by stream_failing
WITH
look AS (
  SELECT x.customer_id, x.at FROM unnest(CAST(:look_ids AS int[]), CAST(:look_ats AS timestamptz[])) x (customer_id, at)
),
asked AS MATERIALIZED (
  SELECT
    k.customer_id, n.at AS looked_at, k.system_id, s.key AS system_key, k.stream, l.last_at, l.outcome, l.third_good_at, l.every,
    greatest(interval '30 minutes', 3 * l.every) AS patience
  FROM look n
  JOIN kpi.stream_read k ON k.customer_id = n.customer_id
  JOIN ops.system s ON s.customer_id = k.customer_id AND s.system_id = k.system_id AND coalesce(s.removed_at > n.at, true)
  CROSS JOIN LATERAL (
    SELECT
      max(p.started_at) AS last_at, (array_agg(p.outcome ORDER BY p.nth))[1] AS outcome,
      (array_agg(p.started_at ORDER BY p.nth) FILTER (WHERE p.outcome = 'complete'))[3] AS third_good_at,
      CASE WHEN count(*) FILTER (WHERE p.gap > interval '0') >= 3
           THEN percentile_disc(0.5) WITHIN GROUP (ORDER BY p.gap) FILTER (WHERE p.gap > interval '0') END AS every
    FROM (
      SELECT
        p.started_at, p.outcome, row_number() OVER turn AS nth, p.due_at - lead(p.started_at) OVER turn AS gap
      FROM (
        SELECT p.poll_id, p.due_at, p.started_at, CASE WHEN p.finished_at > n.at THEN 'running' ELSE p.outcome END AS outcome
        FROM ops.poll p
        WHERE p.customer_id = k.customer_id AND p.system_id = k.system_id AND p.stream = k.stream AND p.started_at <= n.at
        ORDER BY p.started_at DESC, p.poll_id DESC
        LIMIT 12
      ) p
      WINDOW turn AS (ORDER BY p.started_at DESC, p.poll_id DESC)
    ) p
  ) l
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[])) AND l.last_at IS NOT NULL
),
reading AS (
  SELECT
    a.customer_id, a.looked_at, max(a.last_at) AS last_at, max(a.third_good_at) AS third_good_at,
    a.looked_at - max(a.last_at) > greatest(interval '30 minutes', 3 * min(a.every)) AS is_halted
  FROM asked a
  GROUP BY a.customer_id, a.looked_at
),
-- held against what else was asked of the customer, so that a worker that stands still, or has just come back, is not told once for each stream
placed AS (
  SELECT
    a.*, c.is_halted, c.last_at - a.last_at > a.patience AND coalesce(c.third_good_at > a.last_at + a.every, false) AS is_left_out,
    a.looked_at - a.last_at > a.patience AS is_late,
    upper(left(a.stream, 1)) || replace(substr(a.stream, 2), '_', ' ') || ' of ' || a.system_key AS name
  FROM asked a
  JOIN reading c ON c.customer_id = a.customer_id AND c.looked_at = a.looked_at
  WHERE a.every IS NOT NULL AND a.outcome IN ('complete', 'running')
),
brought AS (
  SELECT p.customer_id, p.looked_at, p.system_id, p.stream, p.name, b.at
  FROM placed p
  CROSS JOIN LATERAL (
    SELECT q.started_at AS at
    FROM ops.poll q
    WHERE q.customer_id = p.customer_id AND q.system_id = p.system_id AND q.stream = p.stream AND q.rows_new + q.rows_changed > 0
      AND q.started_at <= p.looked_at
    ORDER BY q.started_at DESC
    LIMIT 1
  ) b
  WHERE NOT p.is_late AND p.third_good_at > b.at AND b.at < p.looked_at - interval '2 days'
),
-- days back from the last that it brought, and the days without any between two of them; one look-up for each day, however much it brought
usual AS (
  SELECT b.customer_id, b.looked_at, b.system_id, b.stream, b.name, b.at, max(d.back - d.before) AS days
  FROM brought b
  CROSS JOIN LATERAL (
    SELECT g.back, lag(g.back, 1, 0) OVER (ORDER BY g.back) AS before, count(*) OVER () AS n
    FROM generate_series(1, 35) g (back)
    CROSS JOIN LATERAL (
      SELECT q.started_at
      FROM ops.poll q
      WHERE q.customer_id = b.customer_id AND q.system_id = b.system_id AND q.stream = b.stream AND q.rows_new + q.rows_changed > 0
        AND q.started_at > b.at - g.back * interval '1 day' AND q.started_at <= b.at - (g.back - 1) * interval '1 day'
      LIMIT 1
    ) q
  ) d
  WHERE d.n >= 10
  GROUP BY b.customer_id, b.looked_at, b.system_id, b.stream, b.name, b.at
),
behind AS (
  SELECT
    p.customer_id, p.looked_at, p.system_id, p.stream, p.last_at + p.every AS since,
    CASE WHEN p.is_left_out THEN 'not asked:' || p.system_id || ':' || p.stream ELSE 'nothing asked' END AS cause,
    CASE WHEN p.is_left_out THEN p.name || ' is no longer read' ELSE 'Reading has stopped: no system is asked any more' END AS title,
    CASE WHEN p.is_left_out
         THEN 'Other streams of the customer are asked, this one is not, and no poll of it failed. What needs it is as old as its last reading.'
         ELSE 'No poll failed: none was begun. Figures are as old as the last reading.' END AS detail,
    CASE WHEN p.is_left_out THEN 3 ELSE 2 END AS severity
  FROM placed p
  WHERE CASE
    WHEN NOT p.is_left_out THEN p.is_late AND p.is_halted
    -- streams of old, under names that they had once, are not dug up
    WHEN p.last_at > p.looked_at - interval '35 days' THEN true
    ELSE EXISTS (
      SELECT
      FROM ops.exception_occurrence o
      JOIN ops.exception e ON e.customer_id = o.customer_id AND e.exception_id = o.exception_id AND e.rule = 'stream_stale'
      WHERE o.customer_id = p.customer_id AND o.subject_type = 'stream' AND o.system_id = p.system_id AND o.subject_id = p.stream
        AND o.cleared_at IS NULL)
  END
  UNION ALL
  SELECT
    u.customer_id, u.looked_at, u.system_id, u.stream, u.at + u.days * interval '1 day', 'silent:' || u.system_id || ':' || u.stream,
    u.name || ' brings nothing new',
    'It is read in time. Either nothing happens there, or the reading does not see it: the longest break of the five weeks before was '
      || CASE u.days WHEN 1 THEN 'shorter than two days.' ELSE u.days || ' days.' END, 4
  FROM usual u
  WHERE u.looked_at - u.at > 2 * u.days * interval '1 day'
),
spell AS (
  SELECT DISTINCT ON (b.customer_id, b.cause, b.system_id, b.stream, b.since) b.*
  FROM behind b
  ORDER BY b.customer_id, b.cause, b.system_id, b.stream, b.since, b.looked_at DESC
)
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, fingerprint, system_id, object_type, object_key, title, detail, severity, subject_type, subject_system_id,
  subject_id, occurred_at, cleared_at)
SELECT
  b.customer_id, 'stream_stale', 'technical', 'stream_stale:' || b.cause, CASE WHEN b.cause <> 'nothing asked' THEN b.system_id END, 'stream',
  CASE WHEN b.cause <> 'nothing asked' THEN b.stream END, b.title, b.detail, b.severity, 'stream', b.system_id, b.stream, b.since,
  CASE WHEN b.looked_at < CAST(:now AS timestamptz) THEN b.looked_at END
FROM spell b
