-- How many exceptions each view of the queue holds, and what is at risk in the open ones.
-- grain:   one row per currency of the open ones (null: no value known), and one for all (scope 'all')
-- params:  customer_ids int[]; person_id int (whose own; null: nobody's); as_of timestamptz
-- columns: scope text ('all' or 'currency'); currency text; open, fresh, waiting, claimed, asleep, waived, closed, mine, unowned, mentioned
--          (open, with a note that names the person, who was silent since), known (open, of known value) bigint; value_at_risk numeric
-- source:  exceptions; fragment triage_mention
WITH
-- include: triage_mention
,
open_part AS (
  SELECT
    CAST(e.currency AS text) AS currency, count(*) AS open,
    count(*) FILTER (WHERE e.state IN ('new', 'reopened')) AS fresh,
    count(*) FILTER (WHERE e.state = 'waiting') AS waiting,
    count(*) FILTER (WHERE e.state = 'fix_claimed') AS claimed,
    count(*) FILTER (
      WHERE (e.snoozed_until IS NOT NULL OR e.snoozed_count IS NOT NULL)
        AND coalesce(e.snoozed_until > CAST(:as_of AS timestamptz), true) AND coalesce(e.snoozed_count > e.occurrences, true)) AS asleep,
    count(*) FILTER (WHERE e.owner_person_id = CAST(:person_id AS int)) AS mine,
    count(*) FILTER (WHERE e.owner_person_id IS NULL) AS unowned,
    count(e.value_at_risk) AS known, sum(e.value_at_risk) AS value_at_risk
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL
  GROUP BY e.currency
),
closed_part AS (
  SELECT count(*) FILTER (WHERE e.state = 'waived') AS waived, count(*) AS closed
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NOT NULL
),
named AS (
  SELECT count(DISTINCT (m.customer_id, m.exception_id)) AS mentioned
  FROM triage_mention m
  JOIN ops.exception e ON e.customer_id = m.customer_id AND e.exception_id = m.exception_id AND e.closed_at IS NULL
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND m.person_id = CAST(:person_id AS int)
)
SELECT
  'all' AS scope, CAST(NULL AS text) AS currency, CAST(coalesce(sum(o.open), 0) AS bigint) AS open,
  CAST(coalesce(sum(o.fresh), 0) AS bigint) AS fresh, CAST(coalesce(sum(o.waiting), 0) AS bigint) AS waiting,
  CAST(coalesce(sum(o.claimed), 0) AS bigint) AS claimed, CAST(coalesce(sum(o.asleep), 0) AS bigint) AS asleep,
  (SELECT k.waived FROM closed_part k) AS waived, (SELECT k.closed FROM closed_part k) AS closed,
  CAST(coalesce(sum(o.mine), 0) AS bigint) AS mine, CAST(coalesce(sum(o.unowned), 0) AS bigint) AS unowned,
  (SELECT n.mentioned FROM named n) AS mentioned, CAST(coalesce(sum(o.known), 0) AS bigint) AS known, CAST(NULL AS numeric) AS value_at_risk
FROM open_part o
UNION ALL
SELECT 'currency', o.currency, o.open, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, o.known, o.value_at_risk
FROM open_part o
