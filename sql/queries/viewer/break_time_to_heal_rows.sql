-- The breaks behind C10b, the longest first.
-- grain:   one row per break that was under observation at some time of the period
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key (that holds the record; of both, the source), item_id, label text; at timestamptz (it opened); outcome text (open,
--          healed, not owed, matched, agreed otherwise, not compared); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds until
--          its end, or so far); amount numeric; currency, flow_key, system (that was written to), object_type, cell text; ended_at timestamptz
-- source:  as the figure's
WITH
-- include: break_clock
SELECT
  b.customer_id, y.key AS system_key, b.record_id AS item_id, b.label, b.opened_at AS at, b.outcome, b.cause = 1 AS in_numerator, true AS in_denominator,
  false AS is_unknown, b.t AS value, b.amount, b.currency, f.key AS flow_key, w.key AS system, b.target_type AS object_type, b.cell, b.ended_at
FROM broken b
JOIN ops.flow f ON f.customer_id = b.customer_id AND f.flow_id = b.flow_id
JOIN ops.system y ON y.customer_id = b.customer_id AND y.system_id = b.system_id
JOIN ops.system w ON w.customer_id = b.customer_id AND w.system_id = b.target_system_id
ORDER BY b.t DESC, b.customer_id, b.flow_id, b.record_id, b.opened_at
LIMIT CAST(:row_limit AS bigint)
