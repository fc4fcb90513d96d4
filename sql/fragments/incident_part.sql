-- What figures of incidents are split into.
-- expects: timed (rows of incident, fragment of that name); params customer_ids int[]; by text (null, severity or rule)
-- gives:   placed, the same rows with their part; part, one row per customer and part, every severity also when nothing had it
placed AS MATERIALIZED (
  SELECT x.*, CASE CAST(:by AS text) WHEN 'severity' THEN CAST(x.severity AS text) WHEN 'rule' THEN x.rule ELSE '' END AS part
  FROM timed x
),
part AS (
  SELECT c.customer_id, k.part
  FROM ops.customer c
  CROSS JOIN unnest(CASE CAST(:by AS text) WHEN 'severity' THEN ARRAY['1', '2', '3', '4'] WHEN 'rule' THEN ARRAY[]::text[] ELSE ARRAY[''] END) k (part)
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
  UNION
  SELECT p.customer_id, p.part
  FROM placed p
)
