-- Writes what happened to whom: new occurrences, and those that are not as they were.
-- grain:   one row of ops.exception_occurrence per exception and subject; pg_temp.touched tells whose changed
-- params:  now timestamptz
-- columns: rows written (touched)
-- source:  pg_temp.candidate
WITH
written AS (
  INSERT INTO ops.exception_occurrence AS o (
    customer_id, exception_id, subject_type, system_id, subject_id, flow_id, occurred_at, cleared_at, amount, currency, message, found_at)
  SELECT DISTINCT ON (c.customer_id, c.exception_id, c.subject_type, c.subject_system_id, c.subject_id)
    c.customer_id, c.exception_id, c.subject_type, c.subject_system_id, c.subject_id, c.flow_id, c.occurred_at, c.cleared_at, c.amount,
    c.currency, nullif(c.message, ''), CASE WHEN c.cleared_at IS NULL THEN CAST(:now AS timestamptz) END
  FROM pg_temp.candidate c
  ORDER BY c.customer_id, c.exception_id, c.subject_type, c.subject_system_id, c.subject_id, c.occurred_at DESC
  ON CONFLICT (customer_id, exception_id, subject_type, system_id, subject_id) DO UPDATE SET
    flow_id = excluded.flow_id, occurred_at = excluded.occurred_at, amount = excluded.amount, currency = excluded.currency,
    message = excluded.message, found_at = coalesce(o.found_at, excluded.found_at),
    -- a transaction that a later one made good stays so; anything else is as it is told now
    cleared_at = CASE WHEN o.subject_type = 'transaction' AND o.cleared_at > o.occurred_at THEN coalesce(excluded.cleared_at, o.cleared_at)
                      ELSE excluded.cleared_at END
  WHERE (o.flow_id, o.occurred_at, o.amount, o.currency, o.message)
          IS DISTINCT FROM (excluded.flow_id, excluded.occurred_at, excluded.amount, excluded.currency, excluded.message)
     OR o.cleared_at IS DISTINCT FROM
          CASE WHEN o.subject_type = 'transaction' AND o.cleared_at > o.occurred_at THEN coalesce(excluded.cleared_at, o.cleared_at)
               ELSE excluded.cleared_at END
  RETURNING o.customer_id, o.exception_id
)
INSERT INTO pg_temp.touched (customer_id, exception_id)
SELECT DISTINCT w.customer_id, w.exception_id
FROM written w
ON CONFLICT DO NOTHING
