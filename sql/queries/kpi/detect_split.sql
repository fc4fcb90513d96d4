-- Follows what people put together or took apart: a record is told where they put it, whatever its fingerprint says.
-- grain:   one row of pg_temp.candidate whose record or exception was moved
-- params:  customer_ids int[]
-- columns: none
-- source:  ops.exception_occurrence.found_as (this record), else ops.exception.merged_into_exception_id (all of them)
UPDATE pg_temp.candidate c
SET exception_id = p.told_in
FROM (
  SELECT c.ctid AS place, coalesce(o.exception_id, e.merged_into_exception_id) AS told_in
  FROM pg_temp.candidate c
  JOIN ops.exception e ON e.customer_id = c.customer_id AND e.exception_id = c.exception_id
  LEFT JOIN ops.exception_occurrence o
    ON o.customer_id = c.customer_id AND o.found_as = c.exception_id AND o.exception_id <> o.found_as
    AND o.subject_type = c.subject_type AND o.system_id = c.subject_system_id AND o.subject_id = c.subject_id
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (e.merged_into_exception_id IS NOT NULL OR o.exception_id IS NOT NULL)
) p
WHERE c.ctid = p.place
