-- Written by metrics only; read under the same policy as the records behind it.
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.work, kpi.worked_through TO throughline_metrics;
ALTER TABLE kpi.work ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.work FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE kpi.worked_through ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.worked_through FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
