-- From break to healing: every record that two systems did not hold alike at some time of the period.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   watch (customer_id, at); broken, one row per break under observation: ended_at (null: open), cause (1 healed, 2 ended otherwise, 0 open),
--          entry and t in seconds since it opened: under observation in (entry, t]
-- source:  kpi.parity_break, kept by metrics.parity; metrics.md C10 and 4.1: elapsed time. Who was broken before the two were compared the first
--          time is watched from then on, as is who was broken before the period
watch AS (
  SELECT c.customer_id, least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
broken AS MATERIALIZED (
  SELECT
    b.customer_id, b.flow_id, b.record_id, b.cell, b.target_type, b.target_system_id,
    CASE WHEN b.is_target THEN b.target_system_id ELSE b.source_system_id END AS system_id,
    b.opened_at, e.ended_at, b.amount, CAST(b.currency AS text) AS currency, b.label,
    CASE WHEN e.ended_at IS NULL THEN 'open' ELSE b.how END AS outcome,
    CASE WHEN e.ended_at IS NULL THEN 0 WHEN b.how = 'healed' THEN 1 ELSE 2 END AS cause,
    kpi.entry_seconds(b.opened_at, w.begins_at) AS entry,
    CAST(extract(epoch FROM coalesce(e.ended_at, l.at) - b.opened_at) AS float8) AS t
  FROM watch l
  JOIN kpi.parity_break b ON b.customer_id = l.customer_id AND b.opened_at < l.at AND b.watched_from < l.at
  CROSS JOIN LATERAL (SELECT CASE WHEN b.ended_at < l.at THEN b.ended_at END AS ended_at) e
  CROSS JOIN LATERAL (SELECT greatest(CAST(:since AS timestamptz), b.watched_from) AS begins_at) w
  WHERE b.customer_id = ANY (CAST(:customer_ids AS int[])) AND coalesce(e.ended_at, l.at) >= w.begins_at
)
