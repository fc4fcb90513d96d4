-- Ends what ends by itself: a claimed fix that is proven or is not, a waiver whose time is over, a sleep that nobody need wake.
-- grain:   one row of ops.exception and one event by "system" per exception that is judged
-- params:  customer_ids int[]; now timestamptz
-- columns: exception_id bigint; kind text (closed, not_proven, waiver_ended, woken)
-- source:  product.md I7. A claim is judged by what was read after it: of a transaction the platform's runs, and where slots are promised up to
--          the deadline of the next one; of a record the streams that hold it, in both systems; of a stream any poll; of an
--          unusual day no reading: the next day that is over. A system that is not polled counts as read
WITH
due AS (
  SELECT e.customer_id, e.exception_id, e.state, e.version, e.object_type, e.claimed_at, e.waived_until, e.snoozed_until, e.snoozed_count, e.occurrences
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (e.state = 'fix_claimed' AND e.claimed_at IS NOT NULL
         OR e.state = 'waived' AND e.waived_until <= CAST(:now AS timestamptz)
         OR e.snoozed_until <= CAST(:now AS timestamptz) OR e.snoozed_count <= e.occurrences)
),
open_record AS (
  SELECT d.customer_id, d.exception_id, d.object_type, d.claimed_at, o.subject_type, o.subject_id, o.system_id, o.occurred_at, o.flow_id
  FROM due d
  JOIN ops.exception_occurrence o ON o.customer_id = d.customer_id AND o.exception_id = d.exception_id AND o.cleared_at IS NULL
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- what has to be read before the claim can be judged
concern AS (
  SELECT DISTINCT
    r.customer_id, r.exception_id, r.subject_type, r.object_type, s.system_id, CASE WHEN r.subject_type = 'stream' THEN r.subject_id END AS stream,
    CASE WHEN r.subject_type = 'unusual_day' THEN CAST('infinity' AS timestamptz)
         WHEN r.subject_type = 'transaction' THEN r.claimed_at + make_interval(secs => coalesce(p.slot_seconds + p.deadline_seconds, 0))
         ELSE r.claimed_at END AS wanted_at
  FROM open_record r
  LEFT JOIN ops.flow f ON f.customer_id = r.customer_id AND f.flow_id = r.flow_id
  LEFT JOIN ops.flow_promise p
    ON p.customer_id = r.customer_id AND p.flow_id = r.flow_id AND p.valid_from <= r.claimed_at AND r.claimed_at < p.valid_to
  CROSS JOIN LATERAL (
    SELECT r.system_id
    UNION
    SELECT x.system_id FROM unnest(ARRAY[f.from_system_id, f.to_system_id]) x (system_id)
    WHERE r.subject_type NOT IN ('transaction', 'stream') AND x.system_id IS NOT NULL
  ) s
),
known AS (
  SELECT c.*, k.stream AS read_stream, upper(k.windows) AS read_until,
    k.object IN (c.subject_type, c.object_type) OR k.object = 'run' AND c.subject_type = 'transaction' AS is_its_own
  FROM concern c
  LEFT JOIN kpi.stream_read k ON k.customer_id = c.customer_id AND k.system_id = c.system_id
),
reading AS (
  SELECT
    k.customer_id, k.exception_id,
    CASE
      WHEN k.stream IS NOT NULL THEN EXISTS (
        SELECT FROM ops.poll p
        WHERE p.customer_id = k.customer_id AND p.system_id = k.system_id AND p.stream = k.stream AND p.started_at > k.wanted_at
          AND p.outcome IN ('complete', 'failed', 'partial', 'abandoned'))
      WHEN bool_or(k.is_its_own) THEN min(k.read_until) FILTER (WHERE k.is_its_own) > k.wanted_at
      ELSE coalesce(min(k.read_until), CAST('infinity' AS timestamptz)) > k.wanted_at
    END AS is_read
  FROM known k
  GROUP BY k.customer_id, k.exception_id, k.subject_type, k.system_id, k.stream, k.wanted_at
),
standing AS (
  SELECT
    d.*,
    (SELECT count(*) FROM open_record r WHERE r.customer_id = d.customer_id AND r.exception_id = d.exception_id) AS open,
    (SELECT count(*) FROM open_record r
     WHERE r.customer_id = d.customer_id AND r.exception_id = d.exception_id AND r.occurred_at > d.claimed_at) AS again,
    (SELECT bool_and(g.is_read) FROM reading g WHERE g.customer_id = d.customer_id AND g.exception_id = d.exception_id) AS is_read
  FROM due d
),
verdict AS (
  SELECT s.*, v.kind, v.to_state, v.at, v.note
  FROM standing s
  CROSS JOIN LATERAL (
    SELECT
      'closed' AS kind, 'verified_closed' AS to_state, CAST(:now AS timestamptz) AS at,
      CASE WHEN s.state = 'waived' THEN 'The waiver has ended, and nothing of it is open.'
           ELSE 'The fix is proven: nothing of it is open any more.' END AS note
    WHERE s.state IN ('fix_claimed', 'waived') AND s.open = 0
    UNION ALL
    SELECT
      'not_proven', 'reopened', CAST(:now AS timestamptz),
      CASE WHEN s.again > 0 THEN 'Fix not proven: it has happened again since.'
           ELSE 'Fix not proven: what was read since still shows ' || s.open || ' open.' END
    WHERE s.state = 'fix_claimed' AND s.open > 0 AND (s.again > 0 OR s.is_read)
    UNION ALL
    SELECT 'waiver_ended', 'reopened', s.waived_until, 'The waiver has ended, and ' || s.open || ' of it is open.'
    WHERE s.state = 'waived' AND s.open > 0
    UNION ALL
    SELECT 'woken', s.state, CAST(:now AS timestamptz),
      CASE WHEN s.snoozed_count <= s.occurrences THEN 'It has happened ' || s.occurrences || ' times.' ELSE 'The time has come.' END
    WHERE s.state IN ('new', 'triaged', 'waiting', 'reopened') AND (s.snoozed_until <= CAST(:now AS timestamptz) OR s.snoozed_count <= s.occurrences)
  ) v
),
moved AS (
  UPDATE ops.exception e
  SET state = v.to_state,
      closed_at = CASE v.kind WHEN 'closed' THEN v.at WHEN 'woken' THEN e.closed_at END,
      unproven_count = e.unproven_count + CASE WHEN v.kind = 'not_proven' THEN 1 ELSE 0 END,
      claimed_at = NULL, waived_until = NULL, snoozed_until = NULL, snoozed_count = NULL,
      version = e.version + 1
  FROM verdict v
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.customer_id = e.customer_id AND v.exception_id = e.exception_id
    AND e.version = v.version
  RETURNING e.customer_id, e.exception_id
),
told AS (
  INSERT INTO ops.exception_event (customer_id, exception_id, kind, from_state, to_state, left_version, at, actor, note)
  SELECT v.customer_id, v.exception_id, v.kind, v.state, nullif(v.to_state, v.state), v.version, v.at, 'system', v.note
  FROM verdict v
  JOIN moved m ON m.customer_id = v.customer_id AND m.exception_id = v.exception_id
  RETURNING exception_id
)
SELECT v.exception_id, v.kind
FROM verdict v
WHERE v.exception_id IN (SELECT t.exception_id FROM told t)
