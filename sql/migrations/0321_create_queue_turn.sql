-- Where an exception stands among those that get worse, as numbers that are compared from the left: open before closed, awake before asleep, what
-- happened lately before what did not, the surest growth first, then the latest.
CREATE FUNCTION kpi.queue_turn(closed_at timestamptz, is_asleep boolean, growth float8, last_occurred_at timestamptz, exception_id bigint)
RETURNS float8[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT ARRAY[
    CAST(CAST(closed_at IS NOT NULL AS int) AS float8), CAST(CAST(is_asleep AS int) AS float8), CAST(CAST(growth IS NULL AS int) AS float8),
    -coalesce(growth, 0), -CAST(extract(epoch FROM last_occurred_at) AS float8), CAST(exception_id AS float8)]
$$;
