-- The causes that hold something back: open exceptions, those that wait for another one counted with it.
-- grain:   one row per cause
-- params:  customer_ids int[]; worst int (severity 1 to this one); workflows text[] (null: all); as_of timestamptz
-- columns: customer_id int; exception_id bigint; title, rule, flow, currency text; severity, records, exceptions int; value numeric (of the records in
--          that currency; null: not known); unknown int (exceptions of unknown value, or of another currency); opened_at timestamptz; is_quiet
--          boolean (all of it sleeps, is waived or claimed to be fixed: it opens nothing, and what is open stays)
-- source:  design.md 5; one message per cause, not per record
WITH
open AS (
  SELECT e.*, f.workflow, f.name AS flow_name
  FROM ops.exception e
  LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL
),
placed AS (
  SELECT
    e.*, coalesce(b.exception_id, e.exception_id) AS cause_id,
    e.state IN ('waived', 'fix_claimed') OR (e.snoozed_until IS NOT NULL OR e.snoozed_count IS NOT NULL)
      AND coalesce(e.snoozed_until > CAST(:as_of AS timestamptz), true) AND coalesce(e.snoozed_count > e.occurrences, true) AS is_quiet
  FROM open e
  LEFT JOIN open b ON b.customer_id = e.customer_id AND b.exception_id = e.blocked_by_exception_id
),
cause AS (
  SELECT
    p.customer_id, p.cause_id, min(p.severity) AS severity, sum(p.occurrences) AS records, count(*) AS exceptions, min(p.opened_at) AS opened_at,
    bool_and(p.is_quiet) AS is_quiet, bool_or(CAST(:workflows AS text[]) IS NULL OR p.workflow = ANY (CAST(:workflows AS text[]))) AS is_meant
  FROM placed p
  GROUP BY p.customer_id, p.cause_id
)
SELECT
  c.customer_id, c.cause_id AS exception_id, e.title, e.rule, e.flow_name AS flow, CAST(c.severity AS int) AS severity, CAST(c.records AS int) AS records,
  CAST(c.exceptions AS int) AS exceptions, w.currency, w.value,
  CAST(c.exceptions - coalesce(w.known, 0) AS int) AS unknown, c.opened_at, c.is_quiet
FROM cause c
JOIN open e ON e.customer_id = c.customer_id AND e.exception_id = c.cause_id
LEFT JOIN LATERAL (
  SELECT CAST(p.currency AS text) AS currency, sum(p.value_at_risk) AS value, count(*) AS known
  FROM placed p
  WHERE p.customer_id = c.customer_id AND p.cause_id = c.cause_id AND p.value_at_risk IS NOT NULL
  GROUP BY p.currency
  ORDER BY count(*) DESC, p.currency
  LIMIT 1
) w ON true
WHERE c.severity <= CAST(:worst AS int) AND c.is_meant
ORDER BY c.severity, w.value DESC NULLS LAST, c.cause_id
