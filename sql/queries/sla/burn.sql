-- What became known to be bad in the last minutes, hours and days of a window, whatever its target is.
-- grain:   one row per customer and stretch of time, up to the instant looked from or the end of the window
-- params:  customer_ids int[]; until, as_of timestamptz (as_of null: now); flow_ids int[] (null: all); seconds int[] (of the stretches)
-- columns: customer_id, seconds int; bad, valid bigint; begun bigint (transactions of the last 30 days)
-- source:  metrics.md B4, 4.5; fragment known_transaction, the same as metric B4
WITH
burn_span AS MATERIALIZED (
  SELECT c.customer_id, l.at - make_interval(secs => s.longest) AS since_at, l.at AS until_at
  FROM ops.customer c
  CROSS JOIN (
    SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  ) l
  CROSS JOIN (SELECT max(u.seconds) AS longest FROM unnest(CAST(:seconds AS int[])) u (seconds)) s
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: known_transaction
,
recent AS (
  SELECT r.customer_id, count(*) AS begun
  FROM burn_span b
  JOIN raw.run r ON r.customer_id = b.customer_id AND r.due_at >= b.until_at - interval '30 days' AND r.due_at < b.until_at
    AND r.external_id = r.transaction_key AND r.trigger <> 'test' AND r.flow_id IS NOT NULL
  WHERE r.customer_id = ANY (CAST(:customer_ids AS int[])) AND (CAST(:flow_ids AS int[]) IS NULL OR r.flow_id = ANY (CAST(:flow_ids AS int[])))
  GROUP BY r.customer_id
)
SELECT
  b.customer_id, w.seconds, count(k.known_at) FILTER (WHERE k.is_bad) AS bad, count(k.known_at) AS valid, coalesce(max(r.begun), 0) AS begun
FROM burn_span b
CROSS JOIN unnest(CAST(:seconds AS int[])) w (seconds)
LEFT JOIN known k ON k.customer_id = b.customer_id AND b.until_at - k.known_at <= make_interval(secs => w.seconds)
  AND (CAST(:flow_ids AS int[]) IS NULL OR k.flow_id = ANY (CAST(:flow_ids AS int[])))
LEFT JOIN recent r ON r.customer_id = b.customer_id
GROUP BY b.customer_id, w.seconds
ORDER BY b.customer_id, w.seconds
