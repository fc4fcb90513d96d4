-- Lets exceptions be known by the present version of the fingerprint, and says so in their history; the same cause stays the same row.
-- grain:   one row of ops.exception and one event per entry whose name is not taken
-- params:  customer_ids int[]; customers int[]; exception_ids bigint[]; fingerprints text[]; version int; now timestamptz
-- columns: rows written (events)
-- source:  product.md I6: a change of the rule never splits a group without a word. Where two groups get one name, the older takes what comes
WITH
given AS (
  SELECT DISTINCT ON (v.customer_id, v.fingerprint) v.customer_id, v.exception_id, v.fingerprint
  FROM unnest(CAST(:customers AS int[]), CAST(:exception_ids AS bigint[]), CAST(:fingerprints AS text[])) WITH ORDINALITY
    v (customer_id, exception_id, fingerprint, place)
  ORDER BY v.customer_id, v.fingerprint, v.place
),
renamed AS (
  UPDATE ops.exception e
  SET fingerprint = g.fingerprint, fingerprint_version = CAST(:version AS int)
  FROM given g
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND g.customer_id = e.customer_id AND g.exception_id = e.exception_id
    AND NOT EXISTS (
      SELECT FROM ops.exception x
      WHERE x.customer_id = g.customer_id AND x.fingerprint = g.fingerprint AND x.fingerprint_version = CAST(:version AS int))
  RETURNING e.customer_id, e.exception_id, e.version
)
INSERT INTO ops.exception_event (customer_id, exception_id, kind, left_version, at, actor, note)
SELECT r.customer_id, r.exception_id, 'regrouped', r.version, CAST(:now AS timestamptz), 'system',
  'Known by version ' || CAST(:version AS int) || ' of the fingerprint from here on.'
FROM renamed r
