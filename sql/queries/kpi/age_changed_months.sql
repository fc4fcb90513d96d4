-- Lists what of one customer is to be told again of its bills, or of its unbilled work: the projects and months whose work was worked out again, or all
-- of them; and for bills always milestones and contracts together, which are few.
-- grain:   one row of pg_temp.age_subject per system, month and project (`12 2026-06-01 P7`), and one for milestones and contracts (`agreed`)
-- params:  customer_id int; source text (bills or unbilled_time); everything boolean
-- columns: rows written
-- source:  kpi.touched, whose marks are taken: one that is made from now on is for the next time
WITH
claimed AS (
  DELETE FROM kpi.touched t
  WHERE t.customer_id = CAST(:customer_id AS int) AND t.source = CAST(:source AS text)
  RETURNING t.subject
)
INSERT INTO pg_temp.age_subject (subject)
SELECT c.subject
FROM claimed c
UNION
SELECT 'agreed' WHERE CAST(:source AS text) = 'bills'
UNION
SELECT w.system_id || ' ' || CAST(date_trunc('month', w.worked_on) AS date) || ' ' || coalesce(w.project_ref, '')
FROM kpi.work w
WHERE w.customer_id = CAST(:customer_id AS int) AND CAST(:everything AS boolean)
UNION
SELECT p.subject
FROM kpi.age_piece p
WHERE p.customer_id = CAST(:customer_id AS int) AND p.kind = 'invoice_cycle_time' AND CAST(:everything AS boolean)
  AND CAST(:source AS text) = 'bills'
UNION
SELECT s.subject
FROM kpi.balance_step s
WHERE s.customer_id = CAST(:customer_id AS int) AND s.metric = CAST(:source AS text) AND CAST(:everything AS boolean)
