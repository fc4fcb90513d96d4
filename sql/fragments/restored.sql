-- From when an incident began until nothing of it was open.
-- expects: what the fragment incident expects
-- gives:   timed, the incidents with t in seconds, cause (1 restored, 2 waived, 0 not yet) and outcome in words
-- source:  metrics.md B7
-- include: incident
,
timed AS (
  SELECT j.*, CASE j.cause WHEN 1 THEN 'restored' WHEN 2 THEN 'waived' WHEN 0 THEN 'not yet' ELSE 'unknown' END AS outcome
  FROM (
    SELECT i.*, CASE WHEN i.waived_at IS NOT NULL THEN 2 WHEN i.restored_at IS NOT NULL THEN 1 ELSE 0 END AS cause,
      CAST(extract(epoch FROM least(i.waived_at, i.restored_at, l.at) - i.onset_at) AS float8) AS t
    FROM incident i
    CROSS JOIN incident_look l
  ) j
)
