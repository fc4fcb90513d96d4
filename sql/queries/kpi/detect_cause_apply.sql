-- Gives the candidates their fingerprints and, in plain words, their titles.
-- grain:   one row of pg_temp.candidate without a fingerprint
-- params:  none
-- columns: none
-- source:  pg_temp.cause; one text: as it is; several of one fingerprint: their common words
UPDATE pg_temp.candidate c
SET
  fingerprint = u.fingerprint,
  object_type = coalesce(u.object_type, c.object_type),
  object_key = coalesce(u.object_key, c.object_key),
  title = left(CASE
    WHEN c.title IS NOT NULL THEN c.title || ': ' || u.said
    WHEN u.object_key IS NOT NULL THEN upper(left(u.object_type, 1)) || substr(u.object_type, 2) || ' ' || u.object_key || ' is missing: other records wait for it'
    WHEN c.rule = 'missed_slot' THEN c.flow_name || ': did not run when it was due'
    WHEN c.rule = 'run_overdue' THEN c.flow_name || ': not done by the promised time'
    ELSE c.flow_name || ': ' || u.said
  END, 200)
FROM (
  SELECT
    k.rule, k.workflow, k.message, k.fingerprint, k.object_type, k.object_key,
    CASE WHEN count(*) OVER (PARTITION BY k.fingerprint) = 1 THEN k.message ELSE min(k.words) OVER (PARTITION BY k.fingerprint) END AS said
  FROM pg_temp.cause k
) u
WHERE c.fingerprint IS NULL AND u.rule = c.rule AND u.workflow = coalesce(c.workflow, '') AND u.message = coalesce(c.message, '')
