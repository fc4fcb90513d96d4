-- The listed months of work of a project, taken apart.
-- expects: pg_temp.age_subject
-- gives:   work_month (subject text, system_id int, month date, project_ref text; empty: of no project), one row per subject `12 2026-06-01 P7`
-- source:  [ours] kpi/age_touch_work
work_month AS (
  SELECT
    s.subject, CAST(split_part(s.subject, ' ', 1) AS int) AS system_id, CAST(split_part(s.subject, ' ', 2) AS date) AS month,
    substr(s.subject, length(split_part(s.subject, ' ', 1)) + length(split_part(s.subject, ' ', 2)) + 3) AS project_ref
  FROM pg_temp.age_subject s
  WHERE s.subject <> 'agreed'
)
