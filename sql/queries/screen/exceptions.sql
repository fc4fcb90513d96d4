-- The exception queue: worst first, and within that the most money.
-- grain:   one row per exception
-- params:  customer_ids int[]; view text (open, new, waiting, closed, all); class, rule, words text (null: all); row_limit int (null: all)
-- columns: customer_id int; exception_id bigint; customer, rule, class, title, state, waiting_on, flow, role, owner text; severity,
--          occurrences, reopen_count int; opened_at, last_occurred_at, closed_at, due_at timestamptz; value_at_risk numeric;
--          currency, value_confidence text; blocked_by, total bigint (all that match, beyond the limit too)
-- source:  exceptions
SELECT e.customer_id, e.exception_id, c.name AS customer, e.rule, e.class, e.title, e.state, e.waiting_on, f.name AS flow,
       s.role, o.name AS owner, CAST(e.severity AS int) AS severity, e.occurrences, e.reopen_count, e.opened_at,
       e.last_occurred_at, e.closed_at, e.due_at, e.value_at_risk, CAST(e.currency AS text) AS currency, e.value_confidence,
       e.blocked_by_exception_id AS blocked_by, count(*) OVER () AS total
FROM ops.exception e
JOIN ops.customer c ON c.customer_id = e.customer_id
LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
LEFT JOIN ops.system s ON s.customer_id = e.customer_id AND s.system_id = e.system_id
LEFT JOIN ops.person o ON o.person_id = e.owner_person_id
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
  AND CASE CAST(:view AS text)
        WHEN 'open' THEN e.closed_at IS NULL
        WHEN 'new' THEN e.closed_at IS NULL AND e.state IN ('new', 'reopened')
        WHEN 'waiting' THEN e.closed_at IS NULL AND e.state = 'waiting'
        WHEN 'closed' THEN e.closed_at IS NOT NULL
        ELSE true
      END
  AND (CAST(:class AS text) IS NULL OR e.class = CAST(:class AS text))
  AND (CAST(:rule AS text) IS NULL OR e.rule = CAST(:rule AS text))
  AND (CAST(:words AS text) IS NULL
       OR strpos(lower(concat_ws(' ', e.title, e.object_key, e.rule, c.name, f.name)), lower(CAST(:words AS text))) > 0)
ORDER BY e.closed_at DESC NULLS FIRST, e.severity, e.value_at_risk DESC NULLS LAST, e.last_occurred_at DESC, e.exception_id
LIMIT CAST(:row_limit AS int)
