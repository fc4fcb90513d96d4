-- From when an incident was in the queue until somebody acknowledged it.
-- expects: what the fragment incident expects
-- gives:   timed, the incidents with t in seconds, cause (1 acknowledged, 2 over before, 0 not yet, null: nobody can say) and outcome in words
-- source:  metrics.md B6 to B8
-- include: incident
,
timed AS (
  SELECT j.*, CASE j.cause WHEN 1 THEN 'acknowledged' WHEN 2 THEN 'over before anybody did' WHEN 0 THEN 'not yet' ELSE 'unknown' END AS outcome
  FROM (
    SELECT i.*,
      CASE
        WHEN i.alerted_at IS NULL OR i.restored_at < i.alerted_at THEN NULL  -- over before it was in the queue
        WHEN i.acknowledged_at <= coalesce(i.restored_at, i.acknowledged_at) THEN 1
        WHEN i.restored_at IS NOT NULL THEN 2
        ELSE 0
      END AS cause,
      CAST(extract(epoch FROM greatest(interval '0', least(i.acknowledged_at, i.restored_at, l.at) - i.alerted_at)) AS float8) AS t
    FROM incident i
    CROSS JOIN incident_look l
  ) j
)
