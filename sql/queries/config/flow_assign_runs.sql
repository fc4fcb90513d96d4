-- Gives the runs of a changed flow to it, takes away those that no longer match, and marks their cells.
-- grain:   one row per customer, flow and local hour whose count may change
-- params:  partner, customer, key text
-- columns: none
-- source:  a flow's runs are its platform's workflows whose name matches the glob (* and ?)
WITH flow AS (
  SELECT
    f.customer_id, f.flow_id, f.runs_system_id, c.time_zone,
    replace(replace(replace(replace(replace(f.runs_match, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%'), '?', '_') AS pattern
  FROM ops.flow f
  JOIN ops.customer c ON c.customer_id = f.customer_id
  JOIN ops.partner p ON p.partner_id = c.partner_id
  WHERE p.key = CAST(:partner AS text) AND c.key = CAST(:customer AS text) AND f.key = CAST(:key AS text)
),
moved AS (
  SELECT
    r.customer_id, r.system_id, r.external_id, r.due_at, r.flow_id AS flow_before, f.time_zone,
    CASE WHEN r.system_id = f.runs_system_id AND r.workflow_name LIKE f.pattern THEN f.flow_id END AS flow_after
  FROM raw.run r
  JOIN flow f ON f.customer_id = r.customer_id
  WHERE (r.flow_id IS NULL AND r.system_id = f.runs_system_id AND r.workflow_name LIKE f.pattern)
     OR (r.flow_id = f.flow_id AND NOT (r.system_id = f.runs_system_id AND r.workflow_name LIKE f.pattern))
),
written AS (
  UPDATE raw.run r
  SET flow_id = m.flow_after
  FROM moved m
  WHERE r.customer_id = m.customer_id AND r.system_id = m.system_id AND r.external_id = m.external_id AND r.due_at = m.due_at
  RETURNING r.customer_id, m.flow_before, m.flow_after, date_trunc('hour', r.due_at, m.time_zone) AS hour
)
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT DISTINCT w.customer_id, f.flow_id, w.hour
FROM written w
CROSS JOIN LATERAL (VALUES (w.flow_before), (w.flow_after)) f (flow_id)
WHERE f.flow_id IS NOT NULL
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
