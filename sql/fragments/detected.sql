-- From when an incident began until we saw it.
-- expects: what the fragment incident expects
-- gives:   timed, the incidents with t in seconds, cause (1 detected, null: nobody can say) and outcome in words
-- source:  metrics.md B6
-- include: incident
,
timed AS (
  SELECT j.*, CASE j.cause WHEN 1 THEN 'detected' WHEN 2 THEN 'otherwise' WHEN 0 THEN 'not yet' ELSE 'unknown' END AS outcome
  FROM (
    SELECT i.*, CASE WHEN i.detected_at IS NOT NULL THEN 1 END AS cause, CAST(extract(epoch FROM i.detected_at - i.onset_at) AS float8) AS t
    FROM incident i
  ) j
)
