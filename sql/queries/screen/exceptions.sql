-- The exception queue in the order in which to work it; what sleeps comes last, what is closed after it.
-- grain:   one row per exception
-- params:  customer_ids int[]; view text (open, new, waiting, claimed, snoozed, waived, closed, all); class, rule, words, tag text (null: all);
--          owner_person_id int (null: all; 0: nobody's); mentioned_person_id int (null: all; else named in a note and silent since); exception_ids bigint[] (null: all); as_of timestamptz; row_limit int (null: all); known jsonb (fragment triage_factor);
--          total bigint (null: counted here; else by whoever has just counted what matches);
--          after float8[] (null: from the first; else what comes after this place); ranked_at timestamptz (null: as_of; whoever reads on after a
--          place ranks as of the instant at which it was one)
-- columns: customer_id int; exception_id bigint; customer, rule, class, title, state, waiting_on, flow, role, owner text; severity,
--          occurrences, reopen_count, unproven_count, version, owner_person_id, snoozed_count int; opened_at, last_occurred_at, closed_at, due_at,
--          snoozed_until, waived_until, claimed_at, responded_at timestamptz; value_at_risk numeric; currency, value_confidence text; tags text[];
--          blocked_by, merged_into, total bigint (all that match, beyond the limit too); is_asleep, clock_runs boolean; response_seconds,
--          resolution_seconds, score float8; place float8[] (its own, kpi.queue_place); blocked_exceptions, blocked_records bigint (that wait for it)
-- source:  fragments triage_filter, triage_pair; clocks: fragment triage_clock; order: fragments triage_factor, triage_order
WITH
triage_look AS (SELECT CAST(:as_of AS timestamptz) AS at, coalesce(CAST(:ranked_at AS timestamptz), CAST(:as_of AS timestamptz)) AS ranked_at),
-- include: triage_mention
,
-- include: triage_filter
,
-- include: triage_factor
,
-- include: triage_pair
,
-- a limit that the planner does not know lets it read in the order of the index instead of sorting, however few rows it expects
row_limit AS (SELECT CAST(:row_limit AS int) AS n),
-- of what is awake only the first of each customer and currency can be among the first of all: within those, value times severity is the order
-- already, and severity alone where the value is unknown. What others wait for and what sleeps is placed by other things, and taken whole
found AS (
  SELECT a.*
  FROM triage_pair k
  LEFT JOIN triage_rate r ON r.currency = k.currency
  LEFT JOIN triage_cut_off c ON c.customer_id = k.customer_id
  CROSS JOIN LATERAL (
    SELECT m.*
    FROM matching m
    WHERE m.customer_id = k.customer_id AND m.currency = k.currency AND m.closed_at IS NULL AND m.value_at_risk IS NOT NULL AND NOT m.is_asleep
      AND (m.customer_id, m.exception_id) NOT IN (SELECT b.customer_id, b.exception_id FROM triage_blocked b)
      AND (CAST(:after AS float8[]) IS NULL OR kpi.queue_place(
             NULL, false,
             CAST(m.value_at_risk AS float8) * coalesce(r.quick_rate, 1) * coalesce(c.urgency, kpi.queue_urgency(NULL, NULL)) * kpi.queue_weight(m.severity),
             m.last_occurred_at, m.exception_id) > CAST(:after AS float8[]))
    ORDER BY CAST(m.value_at_risk AS float8) * power(CAST(2 AS float8), 3 - m.severity) DESC, m.last_occurred_at DESC, m.exception_id
    LIMIT (SELECT l.n FROM row_limit l)
  ) a
  UNION
  SELECT a.*
  FROM unnest(CAST(:customer_ids AS int[])) k (customer_id)
  LEFT JOIN triage_cut_off c ON c.customer_id = k.customer_id
  CROSS JOIN LATERAL (
    SELECT m.*
    FROM matching m
    WHERE m.customer_id = k.customer_id AND m.closed_at IS NULL AND m.value_at_risk IS NULL AND NOT m.is_asleep
      AND (m.customer_id, m.exception_id) NOT IN (SELECT b.customer_id, b.exception_id FROM triage_blocked b)
      AND (CAST(:after AS float8[]) IS NULL OR kpi.queue_place(
             NULL, false,
             coalesce((SELECT CAST(v.own AS float8) FROM triage_mean v), 1) * coalesce(c.urgency, kpi.queue_urgency(NULL, NULL))
             * kpi.queue_weight(m.severity),
             m.last_occurred_at, m.exception_id) > CAST(:after AS float8[]))
    ORDER BY m.severity, m.last_occurred_at DESC, m.exception_id
    LIMIT (SELECT l.n FROM row_limit l)
  ) a
  UNION
  SELECT m.*
  FROM triage_blocked b
  CROSS JOIN LATERAL (
    SELECT m.* FROM matching m WHERE m.customer_id = b.customer_id AND m.exception_id = b.exception_id AND m.closed_at IS NULL OFFSET 0
  ) m
  UNION
  SELECT m.* FROM matching m WHERE m.closed_at IS NULL AND m.is_asleep AND (m.snoozed_until IS NOT NULL OR m.snoozed_count IS NOT NULL)
  UNION
  (SELECT m.*
   FROM matching m
   WHERE m.closed_at IS NOT NULL AND CAST(:view AS text) IN ('waived', 'closed', 'all')
     AND (CAST(:after AS float8[]) IS NULL
          OR kpi.queue_place(m.closed_at, false, NULL, m.last_occurred_at, m.exception_id) > CAST(:after AS float8[]))
   ORDER BY m.closed_at DESC, m.last_occurred_at DESC, m.exception_id
   LIMIT CAST(:row_limit AS int))
),
-- include: triage_order
,
picked AS MATERIALIZED (
  SELECT r.customer_id, r.exception_id, r.is_asleep, r.score, r.blocked_exceptions, r.blocked_records, p.place
  FROM triage_rank r
  CROSS JOIN LATERAL (SELECT kpi.queue_place(r.closed_at, r.is_asleep, r.score, r.last_occurred_at, r.exception_id) AS place) p
  WHERE CAST(:after AS float8[]) IS NULL OR p.place > CAST(:after AS float8[])
  ORDER BY p.place
  LIMIT CAST(:row_limit AS int)
),
chosen AS MATERIALIZED (
  SELECT
    e.*, c.name AS customer, f.name AS flow, s.role, o.name AS owner, p.is_asleep, p.score, p.place, p.blocked_exceptions,
    p.blocked_records
  FROM picked p
  JOIN LATERAL (
    SELECT e.* FROM ops.exception e WHERE e.customer_id = p.customer_id AND e.exception_id = p.exception_id OFFSET 0
  ) e ON true
  JOIN ops.customer c ON c.customer_id = e.customer_id
  LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
  LEFT JOIN ops.system s ON s.customer_id = e.customer_id AND s.system_id = e.system_id
  LEFT JOIN ops.person o ON o.person_id = e.owner_person_id
),
-- include: triage_clock
SELECT
  e.customer_id, e.exception_id, e.customer, e.rule, e.class, e.title, e.state, e.waiting_on, e.flow, e.role, e.owner, e.owner_person_id,
  CAST(e.severity AS int) AS severity, e.occurrences, e.reopen_count, e.unproven_count, e.version, e.opened_at, e.last_occurred_at, e.closed_at,
  e.due_at, e.snoozed_until, e.snoozed_count, e.waived_until, e.claimed_at, e.value_at_risk, CAST(e.currency AS text) AS currency,
  e.value_confidence, e.tags, e.blocked_by_exception_id AS blocked_by, e.merged_into_exception_id AS merged_into, coalesce(CAST(:total AS bigint), (SELECT count(*) FROM matching)) AS total, e.is_asleep, e.score,
  e.place, e.blocked_exceptions, e.blocked_records, k.responded_at, k.response_seconds, k.resolution_seconds, k.runs AS clock_runs
FROM chosen e
LEFT JOIN triage_clock k ON k.customer_id = e.customer_id AND k.exception_id = e.exception_id
ORDER BY e.place
