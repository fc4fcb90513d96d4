-- Keeps what sort of trouble exceptions are.
-- grain:   one row of ops.exception per entry
-- params:  customer_ids int[]; customers int[]; exception_ids bigint[]; classes text[] (null: nobody can say); class_version int
-- columns: rows written
-- source:  metrics.error_class
UPDATE ops.exception e
SET error_class = v.class, error_class_version = CAST(:class_version AS int)
FROM unnest(CAST(:customers AS int[]), CAST(:exception_ids AS bigint[]), CAST(:classes AS text[])) v (customer_id, exception_id, class)
WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND v.customer_id = e.customer_id AND v.exception_id = e.exception_id
