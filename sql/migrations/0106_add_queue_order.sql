-- The factors by which the queue is put in order, said once; and what the mean of the known values is read from.

-- How near the billing cut-off is: 5 at it, 3 a day before, 1 when none is agreed.
CREATE FUNCTION kpi.queue_urgency(cut_off_at timestamptz, at timestamptz) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN cut_off_at IS NULL THEN CAST(1 AS float8)
              ELSE 1 + 4 / (1 + CAST(extract(epoch FROM cut_off_at - at) / 86400 AS float8)) END
$$;
-- How much a severity weighs: 4, 2, 1 and 0.5 for 1 to 4.
CREATE FUNCTION kpi.queue_weight(severity int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT power(CAST(2 AS float8), 3 - severity)
$$;
CREATE INDEX exception_worth ON ops.exception (customer_id, currency, value_at_risk) WHERE closed_at IS NULL AND value_at_risk IS NOT NULL;
