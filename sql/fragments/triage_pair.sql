-- The customers and currencies of which something of known value is open.
-- expects: param customer_ids int[]
-- gives:   triage_pair, one row per pair: customer_id int; currency char(3)
-- source:  exceptions. From one currency of the index to the next: reading all of it to find a few would cost more than the list
triage_pair AS (
  SELECT c.customer_id, n.currency
  FROM unnest(CAST(:customer_ids AS int[])) c (customer_id)
  CROSS JOIN LATERAL (
    WITH RECURSIVE step AS (
      (SELECT e.currency
       FROM ops.exception e
       WHERE e.customer_id = c.customer_id AND e.closed_at IS NULL AND e.value_at_risk IS NOT NULL AND e.currency IS NOT NULL
       ORDER BY e.currency
       LIMIT 1)
      UNION ALL
      SELECT (
        SELECT e.currency
        FROM ops.exception e
        WHERE e.customer_id = c.customer_id AND e.closed_at IS NULL AND e.value_at_risk IS NOT NULL AND e.currency > s.currency
        ORDER BY e.currency
        LIMIT 1)
      FROM step s
      WHERE s.currency IS NOT NULL
    )
    SELECT s.currency FROM step s WHERE s.currency IS NOT NULL
  ) n
)
