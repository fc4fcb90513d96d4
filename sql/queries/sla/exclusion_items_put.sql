-- Names the items that an exclusion is about.
-- grain:   one row per item
-- params:  customer_id int; exclusion_id bigint; item_ids text[]
-- columns: none
-- source:  a person
INSERT INTO ops.exclusion_item (customer_id, exclusion_id, item_id)
SELECT DISTINCT CAST(:customer_id AS int), CAST(:exclusion_id AS bigint), u.item_id FROM unnest(CAST(:item_ids AS text[])) u (item_id)
