-- What happened to an exception lately, without reading all that ever happened to it; and when a stream last brought anything.
CREATE INDEX exception_occurrence_lately ON ops.exception_occurrence (customer_id, exception_id, occurred_at) INCLUDE (cleared_at);
CREATE INDEX poll_brought ON ops.poll (customer_id, system_id, stream, started_at DESC) WHERE rows_new + rows_changed > 0;

-- How sure it is that a count has grown: the difference in its standard deviations, were both counts of one steady trickle. 0: nothing happened.
CREATE FUNCTION kpi.queue_growth(lately bigint, before bigint) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN lately + before = 0 THEN 0 ELSE CAST(lately - before AS float8) / sqrt(CAST(lately + before AS float8)) END
$$;
