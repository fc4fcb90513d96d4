-- The latest thing that a person did to an exception and has not taken back.
-- grain:   one row, or none
-- params:  customer_id int; exception_id bigint; person_id int
-- columns: event_id bigint; kind text; left_version, minutes, undone_since int (how often it has been moved since and that was taken back: by each
--          the version rose by two); detail jsonb
-- source:  exceptions
SELECT
  v.event_id, v.kind, v.left_version, v.minutes, v.detail,
  (SELECT CAST(count(*) AS int)
   FROM ops.exception_event w
   JOIN ops.exception_event u ON u.customer_id = w.customer_id AND u.exception_id = w.exception_id AND u.undoes_event_id = w.event_id
   WHERE w.customer_id = v.customer_id AND w.exception_id = v.exception_id AND w.event_id > v.event_id AND w.kind <> 'logged') AS undone_since
FROM ops.exception_event v
WHERE v.customer_id = CAST(:customer_id AS int) AND v.exception_id = CAST(:exception_id AS bigint) AND v.person_id = CAST(:person_id AS int)
  AND v.kind NOT IN ('undone', 'noted', 'retried')
  AND NOT EXISTS (
    SELECT FROM ops.exception_event u
    WHERE u.customer_id = v.customer_id AND u.exception_id = v.exception_id AND u.undoes_event_id = v.event_id)
ORDER BY v.event_id DESC
LIMIT 1
