-- What the contract asks of each metric, and from when to when: the objectives of the terms, one by one.
-- expects: params customer_ids int[]
-- gives:   agreed, one row per customer, metric (its key or id) and stretch of time: valid_from, valid_to timestamptz; share numeric (a target
--          in percent as 0..1, counted by occurrences; null: it is something else); objective jsonb (as it was written). Of two for one
--          metric the last counts; what is asked of a part of the customer only is not in it
-- source:  ops.terms; a day of the contract begins at the customer's midnight
agreed AS MATERIALIZED (
  SELECT DISTINCT ON (t.customer_id, t.valid_from, o.objective ->> 'metric')
    t.customer_id, o.objective ->> 'metric' AS metric, kpi.instant(CAST(t.valid_from AS timestamp), c.time_zone) AS valid_from,
    coalesce(kpi.instant(CAST(t.next_from AS timestamp), c.time_zone), CAST('infinity' AS timestamptz)) AS valid_to,
    CASE WHEN coalesce(o.objective ->> 'unit', 'percent') = 'percent' AND coalesce(o.objective ->> 'method', 'occurrences') = 'occurrences'
              AND o.objective ->> 'target' ~ '^[0-9]+(\.[0-9]+)?$'
         THEN CAST(o.objective ->> 'target' AS numeric) / 100 END AS share,
    o.objective
  FROM (
    SELECT p.customer_id, p.valid_from, p.document, lead(p.valid_from) OVER (PARTITION BY p.customer_id ORDER BY p.valid_from) AS next_from
    FROM ops.terms p
    WHERE p.customer_id = ANY (CAST(:customer_ids AS int[]))
  ) t
  JOIN ops.customer c ON c.customer_id = t.customer_id
  CROSS JOIN LATERAL jsonb_array_elements(
    CASE WHEN jsonb_typeof(t.document -> 'objectives') = 'array' THEN t.document -> 'objectives' ELSE '[]' END) WITH ORDINALITY o (objective, n)
  WHERE jsonb_typeof(o.objective -> 'population') IS DISTINCT FROM 'object'
  ORDER BY t.customer_id, t.valid_from, o.objective ->> 'metric', o.n DESC
)
