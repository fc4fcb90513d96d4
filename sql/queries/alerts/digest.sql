-- What a digest tells: the alerts of some rules that are open, and those that were closed since the one before.
-- grain:   one row per alert, the most severe first
-- params:  customer_ids int[]; rules text[]; since, at timestamptz
-- columns: customer_id int; alert_id bigint; title text; severity int; place text (new, resolved, open); opened_at, closed_at, acknowledged_at timestamptz
-- source:  alerts; what came and went between two digests is resolved, not new
SELECT
  a.customer_id, a.alert_id, a.title, CAST(a.severity AS int) AS severity, a.opened_at, a.closed_at, a.acknowledged_at,
  CASE WHEN a.closed_at <= CAST(:at AS timestamptz) THEN 'resolved' WHEN a.opened_at > CAST(:since AS timestamptz) THEN 'new' ELSE 'open' END AS place
FROM ops.alert a
WHERE a.customer_id = ANY (CAST(:customer_ids AS int[])) AND a.rule = ANY (CAST(:rules AS text[])) AND a.opened_at <= CAST(:at AS timestamptz)
  AND (a.closed_at IS NULL OR a.closed_at > CAST(:since AS timestamptz))
ORDER BY a.severity, a.alert_id
