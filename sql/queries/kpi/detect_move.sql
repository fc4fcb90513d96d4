-- Closes what is cleared and reopens what came back, each with an appended event by "system".
-- grain:   one row of ops.exception and one event per exception of pg_temp.touched whose state follows from its occurrences
-- params:  customer_ids int[]; now timestamptz
-- columns: exception_id bigint; kind text (closed, reopened)
-- source:  product.md I7: closed only when the subject succeeded, was created or was billed; what a person waived stays waived while it is open
WITH
standing AS (
  SELECT
    e.customer_id, e.exception_id, e.state, max(o.cleared_at) AS cleared_at, max(o.occurred_at) FILTER (WHERE o.cleared_at IS NULL) AS again_at,
    count(*) FILTER (WHERE o.cleared_at IS NULL) AS open,
    count(*) FILTER (WHERE o.cleared_at IS DISTINCT FROM o.occurred_at) AS real
  FROM ops.exception e
  JOIN ops.exception_occurrence o ON o.customer_id = e.customer_id AND o.exception_id = e.exception_id
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.state <> 'merged'
    AND (e.customer_id, e.exception_id) IN (SELECT t.customer_id, t.exception_id FROM pg_temp.touched t)
  GROUP BY e.customer_id, e.exception_id, e.state
),
move AS (
  SELECT s.customer_id, s.exception_id, s.state, 'closed' AS kind, 'verified_closed' AS to_state,
    CASE WHEN s.real = 0 THEN CAST(:now AS timestamptz) ELSE s.cleared_at END AS at,
    CASE
      WHEN s.real = 0 THEN 'It turned out to be none.'
      WHEN s.state = 'fix_claimed' THEN 'The fix is proven: nothing of it is open any more.'
      ELSE 'Nothing of it is open any more.'
    END AS note
  FROM standing s
  WHERE s.open = 0 AND s.state <> 'verified_closed'
  UNION ALL
  SELECT s.customer_id, s.exception_id, s.state, 'reopened', 'reopened', greatest(s.again_at, CAST(:now AS timestamptz)), 'It happened again.'
  FROM standing s
  WHERE s.open > 0 AND s.state = 'verified_closed'
),
moved AS (
  UPDATE ops.exception e
  SET state = m.to_state,
      closed_at = CASE WHEN m.kind = 'closed' THEN m.at END,
      waiting_on = NULL, claimed_at = NULL, waived_until = NULL, snoozed_until = NULL, snoozed_count = NULL,
      reopen_count = e.reopen_count + CASE WHEN m.kind = 'reopened' THEN 1 ELSE 0 END,
      version = e.version + 1
  FROM move m
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.customer_id = e.customer_id AND m.exception_id = e.exception_id
    AND e.state = m.state
  RETURNING e.customer_id, e.exception_id, e.version
),
told AS (
  INSERT INTO ops.exception_event (customer_id, exception_id, kind, from_state, to_state, left_version, at, actor, note)
  SELECT m.customer_id, m.exception_id, m.kind, m.state, m.to_state, d.version - 1, m.at, 'system', m.note
  FROM move m
  JOIN moved d ON d.customer_id = m.customer_id AND d.exception_id = m.exception_id
  RETURNING exception_id
)
SELECT m.exception_id, m.kind
FROM move m
WHERE m.exception_id IN (SELECT t.exception_id FROM told t)
