-- Which of some exceptions are no longer as they were seen: moved by somebody, happened again, or written about.
-- grain:   one row per exception that changed
-- params:  customer_ids int[]; place by place, what was seen: customers int[], exception_ids bigint[], versions int[], counted int[]
--          (occurrences), event_ids bigint[] (the last event that was read; null: nobody read its events)
-- columns: exception_id bigint; version, occurrences int (as they are now)
-- source:  exceptions
SELECT e.exception_id, e.version, e.occurrences
FROM unnest(
  CAST(:customers AS int[]), CAST(:exception_ids AS bigint[]), CAST(:versions AS int[]), CAST(:counted AS int[]), CAST(:event_ids AS bigint[])
) AS s (customer_id, exception_id, version, occurrences, event_id)
CROSS JOIN LATERAL (
  SELECT e.customer_id, e.exception_id, e.version, e.occurrences
  FROM ops.exception e
  WHERE e.customer_id = s.customer_id AND e.exception_id = s.exception_id
  OFFSET 0
) e
WHERE s.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND (e.version <> s.version OR e.occurrences <> s.occurrences
       OR s.event_id IS NOT NULL AND EXISTS (
         SELECT FROM ops.exception_event v
         WHERE v.customer_id = e.customer_id AND v.exception_id = e.exception_id AND v.event_id > s.event_id))
ORDER BY e.exception_id
