-- What was loaded at once is planned for as it is now, and not as it was when it was empty: autovacuum comes a minute later,
-- and never to the parent of partitions. Only the owner of a table may tell the planner.
CREATE FUNCTION ops.analyze_grown() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  grown record;
  number int := 0;
BEGIN
  FOR grown IN
    SELECT DISTINCT coalesce(pg_partition_root(c.oid), c.oid)::regclass AS name
    FROM pg_stat_user_tables s
    JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname IN ('raw', 'biz', 'kpi', 'ops') AND s.n_mod_since_analyze > greatest(5000, c.reltuples / 2)
    ORDER BY 1
  LOOP
    EXECUTE format('ANALYZE %s', grown.name);
    number := number + 1;
  END LOOP;
  RETURN number;
END $$;
REVOKE ALL ON FUNCTION ops.analyze_grown() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.analyze_grown() TO throughline_metrics;
