-- What is joined at once is known to the planner: a table that it was never told of counts as nearly empty, and a few thousand tasks or
-- invoices become loops of a million pairs; one that autovacuum came to while it was being filled lacks the customers that followed.
-- Partitions are told of as before: all of them are read for it.
CREATE OR REPLACE FUNCTION ops.analyze_grown() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  grown record;
  number int := 0;
BEGIN
  FOR grown IN
    SELECT DISTINCT coalesce(pg_partition_root(c.oid), c.oid)::regclass AS name
    FROM pg_stat_user_tables s
    JOIN pg_class c ON c.oid = s.relid
    WHERE s.schemaname IN ('raw', 'biz', 'kpi', 'ops')
      AND CASE
        WHEN c.relispartition THEN s.n_mod_since_analyze > greatest(5000, c.reltuples / 2)
        WHEN c.reltuples < 0 THEN s.n_mod_since_analyze >= 50
        ELSE s.n_mod_since_analyze > greatest(1000, c.reltuples / 20)
      END
    ORDER BY 1
  LOOP
    EXECUTE format('ANALYZE %s', grown.name);
    number := number + 1;
  END LOOP;
  RETURN number;
END $$;
