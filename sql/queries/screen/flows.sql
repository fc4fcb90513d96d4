-- The flows and what is promised for them at an instant.
-- grain:   one row per flow that is not removed
-- params:  customer_ids int[]; at timestamptz
-- columns: customer_id int; key, name, workflow, from_role, to_role, calendar text; deadline_seconds, latency_threshold_seconds, slot_seconds int
-- source:  configuration
SELECT f.customer_id, f.key, f.name, f.workflow, a.role AS from_role, b.role AS to_role, k.key AS calendar,
       p.deadline_seconds, p.latency_threshold_seconds, p.slot_seconds
FROM ops.flow f
LEFT JOIN ops.system a ON a.customer_id = f.customer_id AND a.system_id = f.from_system_id
LEFT JOIN ops.system b ON b.customer_id = f.customer_id AND b.system_id = f.to_system_id
LEFT JOIN ops.flow_promise p ON p.customer_id = f.customer_id AND p.flow_id = f.flow_id
                            AND p.valid_from <= CAST(:at AS timestamptz) AND p.valid_to > CAST(:at AS timestamptz)
LEFT JOIN ops.calendar k ON k.customer_id = f.customer_id AND k.calendar_id = p.calendar_id
WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND f.removed_at IS NULL
ORDER BY f.customer_id, f.name
