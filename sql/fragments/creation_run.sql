-- Whether a run said that it failed to create the project, or nothing said anything.
-- expects: creation (fragment of that name)
-- gives:   told, one row per failed creation for which a run failed: customer_id, system_id, opportunity_id
-- source:  metrics.md C1: explicit failures and silent ones are shown apart
told AS MATERIALIZED (
  SELECT c.customer_id, c.system_id, c.opportunity_id
  FROM creation c
  CROSS JOIN LATERAL (
    SELECT 1
    FROM raw.run r
    WHERE c.is_failed AND r.customer_id = c.customer_id AND r.flow_id = c.flow_id
      AND r.due_at >= c.won_at - interval '1 day' AND r.due_at < c.due_at + interval '14 days' AND r.due_at < c.looked_at
      AND r.status IN ('failed', 'timeout', 'cancelled', 'partial', 'stuck')
      AND upper(trim(r.object_key)) IN (upper(trim(c.number)), upper(trim(c.reference)), upper(c.opportunity_id))
    LIMIT 1
  ) r
)
