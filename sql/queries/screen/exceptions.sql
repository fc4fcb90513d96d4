-- The exception queue in the order in which to work it; what sleeps comes last, what is closed after it.
-- grain:   one row per exception
-- params:  customer_ids int[]; view text (open, new, waiting, claimed, snoozed, waived, closed, all); class, rule, words, tag text (null: all);
--          owner_person_id int (null: all; 0: nobody's); mentioned_person_id int (null: all; else named in a note and silent since); exception_ids bigint[] (null: all); as_of timestamptz; row_limit int (null: all)
-- columns: customer_id int; exception_id bigint; customer, rule, class, title, state, waiting_on, flow, role, owner text; severity,
--          occurrences, reopen_count, unproven_count, version, owner_person_id, snoozed_count int; opened_at, last_occurred_at, closed_at, due_at,
--          snoozed_until, waived_until, claimed_at, responded_at timestamptz; value_at_risk numeric; currency, value_confidence text; tags text[];
--          blocked_by, merged_into, total bigint (all that match, beyond the limit too); is_asleep, clock_runs boolean; response_seconds,
--          resolution_seconds, score float8; blocked_exceptions, blocked_records bigint (that wait for it)
-- source:  exceptions; clocks: fragment triage_clock; order: fragment triage_order
WITH
triage_look AS (SELECT CAST(:as_of AS timestamptz) AS at),
-- include: triage_mention
,
found AS NOT MATERIALIZED (
  SELECT e.customer_id, e.exception_id, e.closed_at, e.value_at_risk, e.currency, e.severity, e.last_occurred_at, z.is_asleep
  FROM ops.exception e
  CROSS JOIN triage_look l
  CROSS JOIN LATERAL (
    SELECT e.closed_at IS NULL AND (e.snoozed_until IS NOT NULL OR e.snoozed_count IS NOT NULL)
      AND coalesce(e.snoozed_until > l.at, true) AND coalesce(e.snoozed_count > e.occurrences, true) AS is_asleep
  ) z
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND CASE CAST(:view AS text)
          WHEN 'open' THEN e.closed_at IS NULL
          WHEN 'new' THEN e.closed_at IS NULL AND e.state IN ('new', 'reopened')
          WHEN 'waiting' THEN e.closed_at IS NULL AND e.state = 'waiting'
          WHEN 'claimed' THEN e.closed_at IS NULL AND e.state = 'fix_claimed'
          WHEN 'snoozed' THEN z.is_asleep
          WHEN 'waived' THEN e.state = 'waived'
          WHEN 'closed' THEN e.closed_at IS NOT NULL
          ELSE true
        END
    AND (CAST(:class AS text) IS NULL OR e.class = CAST(:class AS text))
    AND (CAST(:rule AS text) IS NULL OR e.rule = CAST(:rule AS text))
    AND (CAST(:tag AS text) IS NULL OR CAST(:tag AS text) = ANY (e.tags))
    AND (CAST(:owner_person_id AS int) IS NULL OR coalesce(e.owner_person_id, 0) = CAST(:owner_person_id AS int))
    AND (CAST(:mentioned_person_id AS int) IS NULL OR (e.customer_id, e.exception_id) IN (
           SELECT m.customer_id, m.exception_id FROM triage_mention m WHERE m.person_id = CAST(:mentioned_person_id AS int)))
    AND (CAST(:exception_ids AS bigint[]) IS NULL OR e.exception_id = ANY (CAST(:exception_ids AS bigint[])))
    AND (CAST(:words AS text) IS NULL
         OR strpos(lower(concat_ws(' ', e.title, e.object_key, e.rule, array_to_string(e.tags, ' '))), lower(CAST(:words AS text))) > 0
         OR e.customer_id IN (SELECT c.customer_id FROM ops.customer c WHERE strpos(lower(c.name), lower(CAST(:words AS text))) > 0)
         OR (e.customer_id, e.flow_id) IN (
           SELECT f.customer_id, f.flow_id FROM ops.flow f WHERE strpos(lower(f.name), lower(CAST(:words AS text))) > 0))
),
-- include: triage_order
,
picked AS MATERIALIZED (
  SELECT r.customer_id, r.exception_id, r.is_asleep, r.score, r.blocked_exceptions, r.blocked_records
  FROM triage_rank r
  ORDER BY r.closed_at DESC NULLS FIRST, r.is_asleep, r.score DESC NULLS LAST, r.last_occurred_at DESC, r.exception_id
  LIMIT CAST(:row_limit AS int)
),
chosen AS MATERIALIZED (
  SELECT
    e.*, c.name AS customer, f.name AS flow, s.role, o.name AS owner, p.is_asleep, p.score, p.blocked_exceptions, p.blocked_records
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
  e.value_confidence, e.tags, e.blocked_by_exception_id AS blocked_by, e.merged_into_exception_id AS merged_into, (SELECT count(*) FROM found) AS total, e.is_asleep, e.score,
  e.blocked_exceptions, e.blocked_records, k.responded_at, k.response_seconds, k.resolution_seconds, k.runs AS clock_runs
FROM chosen e
LEFT JOIN triage_clock k ON k.customer_id = e.customer_id AND k.exception_id = e.exception_id
ORDER BY e.closed_at DESC NULLS FIRST, e.is_asleep, e.score DESC NULLS LAST, e.last_occurred_at DESC, e.exception_id
