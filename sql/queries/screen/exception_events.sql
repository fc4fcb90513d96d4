-- What happened to an exception, oldest first.
-- grain:   one row per event; for a customer without those that only the partner's people read
-- params:  customer_ids int[]; exception_id bigint; for_customer boolean
-- columns: event_id bigint; kind, from_state, to_state, actor, note text; at timestamptz; minutes, left_version int; is_shared, is_undone boolean;
--          detail jsonb
-- source:  exceptions; of what people said and of who did it a customer reads only the notes that are marked for it
SELECT
  v.event_id, v.kind, v.from_state, v.to_state, v.left_version, v.at, v.for_customer AS is_shared,
  CASE WHEN CAST(:for_customer AS boolean) THEN NULL ELSE v.actor END AS actor,
  CASE WHEN v.for_customer OR NOT CAST(:for_customer AS boolean) THEN v.note END AS note,
  CASE WHEN CAST(:for_customer AS boolean) THEN NULL ELSE v.minutes END AS minutes,
  CASE WHEN CAST(:for_customer AS boolean) THEN jsonb_strip_nulls(jsonb_build_object('waiting_on', v.detail -> 'waiting_on')) ELSE v.detail - 'before' END
    AS detail,
  EXISTS (
    SELECT FROM ops.exception_event u
    WHERE u.customer_id = v.customer_id AND u.exception_id = v.exception_id AND u.undoes_event_id = v.event_id) AS is_undone
FROM ops.exception_event v
WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.exception_id = CAST(:exception_id AS bigint)
  AND (NOT CAST(:for_customer AS boolean)
       OR v.kind IN ('opened', 'occurred', 'closed', 'reopened', 'not_proven', 'waiver_ended')
       OR v.kind = 'moved' AND NOT EXISTS (
         SELECT FROM ops.exception_event u
         WHERE u.customer_id = v.customer_id AND u.exception_id = v.exception_id AND u.undoes_event_id = v.event_id)
       OR v.kind = 'noted' AND v.for_customer)
ORDER BY v.at, v.event_id
