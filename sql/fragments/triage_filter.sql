-- The exceptions that a filter of the queue finds.
-- expects: params customer_ids, view, class, rule, words, tag, owner_person_id, mentioned_person_id, exception_ids, as_of as in
--          screen/exceptions.sql; fragment triage_mention
-- gives:   matching (customer_id, exception_id, closed_at, value_at_risk, currency, severity, last_occurred_at, snoozed_until, snoozed_count,
--          recent, is_asleep), one row per exception
-- source:  exceptions
matching AS NOT MATERIALIZED (
  SELECT
    e.customer_id, e.exception_id, e.closed_at, e.value_at_risk, e.currency, e.severity, e.last_occurred_at, e.snoozed_until, e.snoozed_count, e.recent, z.is_asleep
  FROM ops.exception e
  CROSS JOIN LATERAL (
    SELECT e.closed_at IS NULL AND (e.snoozed_until IS NOT NULL OR e.snoozed_count IS NOT NULL)
      AND coalesce(e.snoozed_until > CAST(:as_of AS timestamptz), true) AND coalesce(e.snoozed_count > e.occurrences, true) AS is_asleep
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
)
