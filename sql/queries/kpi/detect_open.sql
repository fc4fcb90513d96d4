-- Opens an exception for every cause that has none, with its first event.
-- grain:   one row of ops.exception per customer and fingerprint that is new
-- params:  version int; now timestamptz
-- columns: rows written (events)
-- source:  pg_temp.candidate; the same cause again is the same row, whenever it comes back
WITH
opened AS (
  INSERT INTO ops.exception (
    customer_id, rule, class, fingerprint, fingerprint_version, flow_id, system_id, object_type, object_key, title, detail, severity,
    occurrences, opened_at, last_occurred_at, first_seen_at, last_seen_at)
  SELECT
    c.customer_id, min(c.rule), min(c.class), c.fingerprint, CAST(:version AS int),
    CASE WHEN min(c.flow_id) = max(c.flow_id) THEN min(c.flow_id) END,
    CASE WHEN min(c.system_id) = max(c.system_id) THEN min(c.system_id) END,
    min(c.object_type), min(c.object_key), (array_agg(c.title ORDER BY c.occurred_at DESC))[1],
    (array_agg(c.detail ORDER BY c.occurred_at DESC))[1], min(c.severity),
    0, min(c.occurred_at), max(c.occurred_at), CAST(:now AS timestamptz), CAST(:now AS timestamptz)
  FROM pg_temp.candidate c
  GROUP BY c.customer_id, c.fingerprint
  ON CONFLICT (customer_id, fingerprint, fingerprint_version) DO NOTHING
  RETURNING customer_id, exception_id, opened_at
)
INSERT INTO ops.exception_event (customer_id, exception_id, kind, to_state, at, actor)
SELECT o.customer_id, o.exception_id, 'opened', 'new', o.opened_at, 'system'
FROM opened o
