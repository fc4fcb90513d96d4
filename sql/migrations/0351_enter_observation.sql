-- Seconds of age at which something came under observation: 0 when it was watched from its start. Who enters late was open just before, so
-- that what ends at that very instant is theirs to end.
CREATE FUNCTION kpi.entry_seconds(began_at timestamptz, observed_from timestamptz) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN observed_from <= began_at THEN 0
    ELSE greatest(0, CAST(extract(epoch FROM observed_from - began_at) AS float8) - 0.000001)
  END
$$;
