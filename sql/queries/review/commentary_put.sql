-- Says what the partner has to say of a month, in place of the version that was seen.
-- grain:   one row
-- params:  customer_id int; period text; seen int (0: none); commentary, said_by text; said_at timestamptz
-- columns: version int; none when the version seen is not the last one
-- source:  a person
INSERT INTO ops.review_commentary (customer_id, period, version, commentary, said_by, said_at)
SELECT CAST(:customer_id AS int), CAST(:period AS text), CAST(:seen AS int) + 1, CAST(:commentary AS text), CAST(:said_by AS text),
  CAST(:said_at AS timestamptz)
WHERE CAST(:seen AS int) = 0
  OR EXISTS (
    SELECT FROM ops.review_commentary c
    WHERE c.customer_id = CAST(:customer_id AS int) AND c.period = CAST(:period AS text) AND c.version = CAST(:seen AS int))
ON CONFLICT (customer_id, period, version) DO NOTHING
RETURNING version
