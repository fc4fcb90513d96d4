-- The practices of projects where something is split by practice.
-- expects: parameters customer_ids int[]; by text
-- gives:   practice_of, what the fragment practice gives; empty where nothing is split by practice
-- include: practice
,
practice_of AS MATERIALIZED (
  SELECT p.customer_id, p.system_id, p.project_ref, p.practice
  FROM practice p
  WHERE CAST(:by AS text) = 'practice'
)
