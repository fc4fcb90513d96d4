-- Changes when a customer's review is sent and to whom, in place of the schedule that was seen.
-- grain:   one row
-- params:  customer_id int; review, seen jsonb (null: nothing is sent); now timestamptz
-- columns: customer_id int; none when somebody has changed it since
-- source:  a person
UPDATE ops.customer c
SET review = CAST(:review AS jsonb), changed_at = CAST(:now AS timestamptz)
WHERE c.customer_id = CAST(:customer_id AS int) AND c.review IS NOT DISTINCT FROM CAST(:seen AS jsonb)
RETURNING c.customer_id
