-- Up to when the links between a customer's records were known, then and now.
-- grain:   one row
-- params:  customer_id int
-- columns: known, found text (instants as text, -infinity among them; known null: never looked)
-- source:  biz.xref: a link begins and ends with the instant of the look that found it so
SELECT
  (SELECT CAST(l.linked_until AS text) FROM kpi.expectation_linked l WHERE l.customer_id = CAST(:customer_id AS int)) AS known,
  (SELECT CAST(coalesce(greatest(max(x.valid_from), max(x.valid_to) FILTER (WHERE x.valid_to < 'infinity')), '-infinity') AS text)
   FROM biz.xref x WHERE x.customer_id = CAST(:customer_id AS int)) AS found
