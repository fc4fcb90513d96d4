-- Who is named in notes and has done nothing with the exception since.
-- expects: param customer_ids int[]
-- gives:   triage_mention, one row per note and person named: customer_id int; exception_id, event_id bigint; person_id int; at timestamptz;
--          actor, note text
-- source:  exceptions; whoever acts on an exception after a note has read it
triage_mention AS (
  SELECT v.customer_id, v.exception_id, v.event_id, CAST(m.person_id AS int) AS person_id, v.at, v.actor, v.note
  FROM ops.exception_event v
  CROSS JOIN LATERAL jsonb_array_elements_text(v.detail -> 'mentions') AS m (person_id)
  WHERE v.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.detail -> 'mentions' IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM ops.exception_event w
      WHERE w.customer_id = v.customer_id AND w.exception_id = v.exception_id AND w.person_id = CAST(m.person_id AS int) AND w.event_id > v.event_id)
)
