-- What an exception stands for: each record it happened to; one that turned out to be none is left out.
-- grain:   one row per subject, the latest first
-- params:  customer_ids int[]; exception_id bigint; row_limit int (null: all)
-- columns: subject_type, subject_id, role text; occurred_at, cleared_at timestamptz; amount numeric; currency, message, link text (where the record is in its system, with {id} for its
--          number; null: the estate does not say); total bigint
-- source:  exceptions
SELECT x.subject_type, x.subject_id, s.role, x.occurred_at, x.cleared_at, x.amount, CAST(x.currency AS text) AS currency, x.message,
       s.links ->> x.subject_type AS link,
       count(*) OVER () AS total
FROM ops.exception_occurrence x
LEFT JOIN ops.system s ON s.customer_id = x.customer_id AND s.system_id = x.system_id
WHERE x.customer_id = ANY (CAST(:customer_ids AS int[])) AND x.exception_id = CAST(:exception_id AS bigint)
  AND x.cleared_at IS DISTINCT FROM x.occurred_at
ORDER BY x.cleared_at NULLS FIRST, x.occurred_at DESC, x.subject_id
LIMIT CAST(:row_limit AS int)
