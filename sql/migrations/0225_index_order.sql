-- The order of the queue within a customer: by value at risk times the weight of the severity (kpi.queue_weight, written out) in each currency,
-- and by severity where nobody knows the value. The list reads the first of each and no more.

-- Where an exception stands, as numbers that are compared from the left: open before closed and the latest closed first, awake before asleep, the
-- highest score first, then the latest.
CREATE FUNCTION kpi.queue_place(closed_at timestamptz, is_asleep boolean, score float8, last_occurred_at timestamptz, exception_id bigint)
RETURNS float8[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT ARRAY[
    coalesce(-CAST(extract(epoch FROM closed_at) AS float8), CAST('-infinity' AS float8)), CAST(CAST(is_asleep AS int) AS float8), -coalesce(score, 0),
    -CAST(extract(epoch FROM last_occurred_at) AS float8), CAST(exception_id AS float8)]
$$;
CREATE INDEX exception_order ON ops.exception
  (customer_id, currency, (CAST(value_at_risk AS float8) * power(CAST(2 AS float8), 3 - severity)) DESC)
  WHERE closed_at IS NULL AND value_at_risk IS NOT NULL;
CREATE INDEX exception_unvalued ON ops.exception (customer_id, severity, last_occurred_at DESC, exception_id)
  WHERE closed_at IS NULL AND value_at_risk IS NULL;
