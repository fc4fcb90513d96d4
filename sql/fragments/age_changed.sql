-- The subjects of a source that do not look as they did when they were told last, or all of them.
-- expects: standing (subject, state text), one row per subject that is there; params customer_id int; source text; everything boolean
-- gives:   changed (subject, state text; null: it is gone)
-- source:  kpi.age_seen
seen AS (
  SELECT s.subject, s.state
  FROM kpi.age_seen s
  WHERE s.customer_id = CAST(:customer_id AS int) AND s.source = CAST(:source AS text)
),
changed AS (
  SELECT coalesce(n.subject, s.subject) AS subject, n.state
  FROM standing n
  FULL JOIN seen s ON s.subject = n.subject
  WHERE CAST(:everything AS boolean) OR s.state IS DISTINCT FROM n.state
)
