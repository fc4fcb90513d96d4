-- One objective as if it had been agreed all along, in place of the fragment agreed: what is proposed is counted by the same steps.
-- expects: params customer_ids int[]; objective jsonb (as an estate file has it)
-- gives:   agreed, one row per customer, with the columns of the fragment of that name
-- source:  a person
agreed AS MATERIALIZED (
  SELECT
    c.customer_id, p.objective ->> 'metric' AS metric, CAST('-infinity' AS timestamptz) AS valid_from, CAST('infinity' AS timestamptz) AS valid_to,
    CAST(NULL AS numeric) AS share, p.objective
  FROM ops.customer c
  CROSS JOIN (SELECT CAST(:objective AS jsonb) AS objective) p
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
)
