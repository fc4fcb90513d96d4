-- The work that was approved in the period, watched until now.
-- expects: parameters customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   watch, as the fragment bill_clock wants it
watch AS (
  SELECT c.customer_id, CAST(:since AS timestamptz) AS approved_from,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS approved_to,
    CAST('-infinity' AS timestamptz) AS observed_from,
    coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS observed_to
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
)
