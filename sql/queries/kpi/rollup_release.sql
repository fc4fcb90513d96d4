-- Takes the marks of a batch away. A cell of the hour that is running, with work due later in it, stays marked.
-- grain:   one row per cell
-- params:  customer_ids int[]; batch bigint; now timestamptz
-- columns: none
-- source:  ops.dirty_cell
DELETE FROM ops.dirty_cell d
WHERE d.batch = CAST(:batch AS bigint) AND d.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND NOT (d.hour + interval '1 hour' > CAST(:now AS timestamptz)
           AND EXISTS (SELECT FROM raw.run r
                       WHERE r.customer_id = d.customer_id AND r.flow_id = d.flow_id
                         AND r.due_at > CAST(:now AS timestamptz) AND r.due_at < d.hour + interval '1 hour'))
