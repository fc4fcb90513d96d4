-- How long exceptions have waited for an answer and for their end.
-- grain:   one row per exception
-- params:  customer_ids int[]; exception_ids bigint[]; as_of timestamptz
-- columns: customer_id int; exception_id bigint; responded_at timestamptz; response_seconds, resolution_seconds float8; runs boolean; calendar text
-- source:  fragment triage_clock
WITH
triage_look AS (SELECT CAST(:as_of AS timestamptz) AS at),
chosen AS (
  SELECT e.customer_id, e.exception_id, e.waiting_on, e.flow_id, e.first_seen_at, e.closed_at
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.exception_id = ANY (CAST(:exception_ids AS bigint[]))
),
-- include: triage_clock
SELECT c.* FROM triage_clock c ORDER BY c.customer_id, c.exception_id
