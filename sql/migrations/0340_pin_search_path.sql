-- What runs with its owner's rights looks at the catalog and never at what its caller made: unless it is named, pg_temp is searched first.
ALTER FUNCTION ops.ensure_month(date) SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION ops.drop_months_before(date) SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION ops.analyze_exceptions() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION ops.analyze_grown() SET search_path = pg_catalog, pg_temp;
