-- Written by metrics only; read under the same policy as the exceptions.
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.cut_off TO throughline_metrics;
GRANT SELECT ON kpi.cut_off TO throughline_viewer, throughline_triage;
ALTER TABLE kpi.cut_off ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.cut_off FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
