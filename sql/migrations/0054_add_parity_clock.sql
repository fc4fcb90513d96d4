-- When a record that one side does not show yet has to be there, or two have to agree: until both were read so far, it waits.
ALTER TABLE kpi.parity ADD COLUMN decide_at timestamptz;
-- Which of 256 ranges a key belongs to; ranges are cut by hash, so that they stay equal however keys are given out.
CREATE FUNCTION kpi.key_range(key text) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CAST(hashtextextended(key, 0) & 255 AS int)
$$;
