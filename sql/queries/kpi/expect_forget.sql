-- Removes the expectations that are about to be worked out again: of the records on the list, or all of a customer.
-- grain:   one row per expectation
-- params:  customer_id int; since timestamptz (null: all)
-- columns: rows written
-- source:  [ours]
DELETE FROM kpi.expectation e
WHERE e.customer_id = CAST(:customer_id AS int)
  AND (CAST(:since AS timestamptz) IS NULL
       OR EXISTS (SELECT FROM pg_temp.expect_key k
                  WHERE k.subject_type = e.subject_type AND k.system_id = e.system_id AND k.subject_id = e.subject_id))
