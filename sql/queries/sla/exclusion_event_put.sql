-- Appends a word on an exclusion: it is proposed, accepted or disputed by the other side, or withdrawn by its own.
-- grain:   one row
-- params:  customer_id int; exclusion_id, seen bigint (the last word that was looked at; null: whichever it is); state, side, actor, comment text;
--          at timestamptz
-- columns: event_id bigint; none when this side may not say that, it was withdrawn, or another word was said since
-- source:  a person; product.md I9: the side that proposed does not also accept
INSERT INTO ops.exclusion_event (customer_id, exclusion_id, state, side, actor, at, comment)
SELECT CAST(:customer_id AS int), CAST(:exclusion_id AS bigint), CAST(:state AS text), CAST(:side AS text), CAST(:actor AS text), CAST(:at AS timestamptz),
  CAST(:comment AS text)
FROM (SELECT 1) one
LEFT JOIN LATERAL (
  SELECT v.side
  FROM ops.exclusion_event v
  WHERE v.customer_id = CAST(:customer_id AS int) AND v.exclusion_id = CAST(:exclusion_id AS bigint)
  ORDER BY v.at, v.event_id
  LIMIT 1
) f ON true
WHERE (
    f.side IS NULL AND CAST(:state AS text) = 'proposed'
    OR f.side <> CAST(:side AS text) AND CAST(:state AS text) IN ('accepted', 'disputed')
    OR f.side = CAST(:side AS text) AND CAST(:state AS text) = 'withdrawn'
  )
  AND NOT EXISTS (
    SELECT FROM ops.exclusion_event w
    WHERE w.customer_id = CAST(:customer_id AS int) AND w.exclusion_id = CAST(:exclusion_id AS bigint) AND w.state = 'withdrawn')
  AND (CAST(:seen AS bigint) IS NULL OR CAST(:seen AS bigint) = (
    SELECT max(l.event_id)
    FROM ops.exclusion_event l
    WHERE l.customer_id = CAST(:customer_id AS int) AND l.exclusion_id = CAST(:exclusion_id AS bigint)))
RETURNING event_id
