-- Months are made ahead and dropped by retention; there is no default partition, so nothing hides in one.
CREATE FUNCTION ops.ensure_month(month date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  parent text;
  lower_bound timestamptz := date_trunc('month', month::timestamp) AT TIME ZONE 'UTC';
  upper_bound timestamptz := (date_trunc('month', month::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
  suffix text := to_char(month, 'YYYYMM');
BEGIN
  IF month < DATE '2000-01-01' OR month > DATE '2100-01-01' THEN
    RAISE EXCEPTION 'no partition is made for %: outside 2000 to 2100', month;
  END IF;
  FOREACH parent IN ARRAY ARRAY['raw.run', 'raw.attempt', 'raw.run_item', 'biz.state_event'] LOOP
    IF to_regclass(parent || '_' || suffix) IS NULL THEN
      PERFORM pg_advisory_xact_lock(hashtext('throughline.' || parent || suffix));
      IF to_regclass(parent || '_' || suffix) IS NULL THEN
        EXECUTE format('CREATE TABLE IF NOT EXISTS %s_%s PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
                       parent, suffix, parent, lower_bound, upper_bound);
      END IF;
    END IF;
  END LOOP;
END $$;

-- Drops every month that lies wholly before the given one; answers how many tables went.
CREATE FUNCTION ops.drop_months_before(month date) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  child record;
  dropped int := 0;
BEGIN
  FOR child IN
    SELECT c.oid::regclass AS name
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent IN ('raw.run'::regclass, 'raw.attempt'::regclass, 'raw.run_item'::regclass, 'biz.state_event'::regclass)
      AND right(c.relname, 6) < to_char(month, 'YYYYMM')
  LOOP
    EXECUTE format('DROP TABLE %s', child.name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
REVOKE ALL ON FUNCTION ops.ensure_month(date), ops.drop_months_before(date) FROM PUBLIC;
