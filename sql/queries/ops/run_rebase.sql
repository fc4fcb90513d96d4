-- Gives a retry the transaction and the due time of its root, when the root is seen after the retry.
-- grain:   one row per run moved; its attempts and items move with it, both cells are marked
-- params:  customer_id, system_id int; external_id text; due_before, due_at timestamptz; transaction_key text; seen timestamptz
-- columns: none
-- source:  raw.run; all runs of one transaction are counted in one cell
WITH moved AS (
  UPDATE raw.run r
  SET due_at = CAST(:due_at AS timestamptz), transaction_key = CAST(:transaction_key AS text), last_seen_at = CAST(:seen AS timestamptz)
  WHERE r.customer_id = CAST(:customer_id AS int)
    AND r.system_id = CAST(:system_id AS int)
    AND r.external_id = CAST(:external_id AS text)
    AND r.due_at = CAST(:due_before AS timestamptz)
  RETURNING r.customer_id, r.flow_id
),
attempts AS (
  UPDATE raw.attempt a
  SET due_at = CAST(:due_at AS timestamptz)
  WHERE a.customer_id = CAST(:customer_id AS int)
    AND a.system_id = CAST(:system_id AS int)
    AND a.external_id = CAST(:external_id AS text)
    AND a.due_at = CAST(:due_before AS timestamptz)
),
items AS (
  UPDATE raw.run_item i
  SET due_at = CAST(:due_at AS timestamptz)
  WHERE i.customer_id = CAST(:customer_id AS int)
    AND i.system_id = CAST(:system_id AS int)
    AND i.external_id = CAST(:external_id AS text)
    AND i.due_at = CAST(:due_before AS timestamptz)
)
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT DISTINCT m.customer_id, m.flow_id, date_trunc('hour', d.at, c.time_zone)
FROM moved m
JOIN ops.customer c ON c.customer_id = m.customer_id
CROSS JOIN LATERAL (VALUES (CAST(:due_before AS timestamptz)), (CAST(:due_at AS timestamptz))) d (at)
WHERE m.flow_id IS NOT NULL
ORDER BY 1, 2, 3
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
