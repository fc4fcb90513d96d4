-- Counted facts are written by metrics only and read under the same policy as their sources. Views follow in sql/views.
GRANT USAGE ON SCHEMA kpi TO throughline_metrics, throughline_viewer, throughline_triage;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA kpi TO throughline_metrics;
GRANT SELECT ON ALL TABLES IN SCHEMA kpi TO throughline_viewer, throughline_triage;
ALTER DEFAULT PRIVILEGES IN SCHEMA kpi GRANT SELECT ON TABLES TO throughline_metrics, throughline_viewer, throughline_triage;
-- Calendars are filled ahead with the holidays of their country.
GRANT INSERT, UPDATE, DELETE ON ops.calendar_holiday TO throughline_metrics;

DO $$
DECLARE
  tenant_table regclass;
  readable text := 'customer_id = ANY (string_to_array(current_setting(''app.customers'', true), '','')::int[])';
BEGIN
  FOR tenant_table IN
    SELECT c.oid::regclass
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'kpi' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY readable ON %s FOR SELECT TO throughline_viewer, throughline_triage USING (%s)', tenant_table, readable);
  END LOOP;
END $$;
