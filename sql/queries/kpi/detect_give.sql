-- Gives what this pass opened to whom its rule names, where that person is the partner's and sees the customer.
-- grain:   one row of ops.exception and one event per exception that was opened now and has an owner by its rule
-- params:  customer_ids int[]; now timestamptz
-- columns: rows written (events)
-- source:  pg_temp.rule; nobody is named, or nobody of that name sees the customer: it is nobody's
WITH
given AS (
  SELECT DISTINCT ON (e.customer_id, e.exception_id) e.customer_id, e.exception_id, h.person_id, h.email
  FROM ops.exception e
  JOIN pg_temp.rule r ON r.customer_id = e.customer_id AND r.rule = e.rule AND r.valid_from <= e.opened_at AND e.opened_at < r.valid_to
  JOIN ops.customer c ON c.customer_id = e.customer_id
  JOIN ops.person h ON h.partner_id = c.partner_id AND lower(h.email) = lower(r.owner) AND h.disabled_at IS NULL AND h.role LIKE 'partner%'
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.first_seen_at = CAST(:now AS timestamptz) AND e.owner_person_id IS NULL
    AND e.state = 'new' AND e.version = 1
    AND (h.all_customers OR EXISTS (SELECT FROM ops.person_customer s WHERE s.person_id = h.person_id AND s.customer_id = e.customer_id))
  ORDER BY e.customer_id, e.exception_id, h.person_id
),
owned AS (
  UPDATE ops.exception e
  SET owner_person_id = g.person_id, version = e.version + 1
  FROM given g
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND g.customer_id = e.customer_id AND g.exception_id = e.exception_id
  RETURNING e.customer_id, e.exception_id, e.version
)
INSERT INTO ops.exception_event (customer_id, exception_id, kind, left_version, at, actor, note)
SELECT g.customer_id, g.exception_id, 'assigned', o.version - 1, CAST(:now AS timestamptz), 'system', 'To ' || g.email || ', as its rule says.'
FROM given g
JOIN owned o ON o.customer_id = g.customer_id AND o.exception_id = g.exception_id
