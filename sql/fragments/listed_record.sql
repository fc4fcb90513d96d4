-- The listed subjects that are one record each, taken apart.
-- expects: pg_temp.age_subject
-- gives:   listed_record (subject text, system_id int, source_id text), one row per subject `12 P7`
-- source:  [ours]
listed_record AS (
  SELECT s.subject, CAST(split_part(s.subject, ' ', 1) AS int) AS system_id, substr(s.subject, length(split_part(s.subject, ' ', 1)) + 2) AS source_id
  FROM pg_temp.age_subject s
)
