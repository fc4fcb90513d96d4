-- The open exceptions that wait for one, the dearest first.
-- grain:   one row per exception
-- params:  customer_ids int[]; exception_id bigint (the one that blocks); row_limit int
-- columns: customer_id int; exception_id bigint; title, state text; occurrences int; value_at_risk numeric; currency, value_confidence text;
--          total bigint (all that wait, beyond the limit too)
-- source:  exceptions; product.md I6
SELECT
  e.customer_id, e.exception_id, e.title, e.state, e.occurrences, e.value_at_risk, CAST(e.currency AS text) AS currency, e.value_confidence,
  count(*) OVER () AS total
FROM ops.exception e
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.closed_at IS NULL AND e.blocked_by_exception_id = CAST(:exception_id AS bigint)
ORDER BY e.value_at_risk DESC NULLS LAST, e.exception_id
LIMIT CAST(:row_limit AS int)
