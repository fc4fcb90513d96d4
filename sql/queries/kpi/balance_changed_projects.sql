-- Lists the sold projects of one customer of which, of whose phases or work something was written, or all of them.
-- grain:   one row of pg_temp.age_subject per project of an account that is no phase of another, as it is or was
-- params:  customer_id int; source text (delivery_backlog); everything boolean
-- columns: rows written
-- source:  biz.project, and kpi.touched, whose marks are taken: one that is made from now on is for the next time. The first time entry of a system
--          makes all its projects ones that can be judged
WITH
claimed AS (
  DELETE FROM kpi.touched t
  WHERE t.customer_id = CAST(:customer_id AS int) AND t.source = CAST(:source AS text)
  RETURNING t.subject
),
member AS (
  SELECT p.system_id, p.source_id, coalesce(p.parent_ref, p.source_id) AS project_id, p.parent_ref IS NULL AND p.account_ref IS NOT NULL AS is_sold, p.last_seen_at
  FROM biz.project p
  WHERE p.customer_id = CAST(:customer_id AS int)
),
standing AS (
  SELECT
    m.system_id || ' ' || m.project_id AS subject,
    string_agg(concat_ws(' ', m.source_id, extract(epoch FROM m.last_seen_at)), ', ' ORDER BY m.source_id) || CASE WHEN t.holds_time THEN '' ELSE '; no time' END AS state
  FROM member m
  JOIN (
    SELECT y.system_id, EXISTS (SELECT FROM biz.time_entry e WHERE e.customer_id = y.customer_id AND e.system_id = y.system_id) AS holds_time
    FROM ops.system y
    WHERE y.customer_id = CAST(:customer_id AS int)
  ) t ON t.system_id = m.system_id
  GROUP BY m.system_id, m.project_id, t.holds_time
  HAVING bool_or(m.is_sold)
),
-- include: age_changed
INSERT INTO pg_temp.age_subject (subject, state)
SELECT c.subject, c.state
FROM changed c
UNION
SELECT n.subject, n.state
FROM claimed c
JOIN member m ON m.system_id || ' ' || m.source_id = c.subject
JOIN standing n ON n.subject = m.system_id || ' ' || m.project_id
