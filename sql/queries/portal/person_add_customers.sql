-- Lets a person see these customers of the partner they belong to.
-- grain:   one row per customer that exists
-- params:  person_id, partner_id int; customers text[] (keys)
-- columns: customer_id int; key text
-- source:  configuration
WITH wanted AS (
  SELECT c.customer_id, c.key
  FROM ops.customer c
  WHERE c.partner_id = CAST(:partner_id AS int) AND c.key = ANY (CAST(:customers AS text[]))
), added AS (
  INSERT INTO ops.person_customer (person_id, customer_id)
  SELECT CAST(:person_id AS int), w.customer_id
  FROM wanted w
  ON CONFLICT DO NOTHING
)
SELECT w.customer_id, w.key FROM wanted w ORDER BY w.key
