-- Written by metrics, which takes none away; bound like what they are found in.
GRANT SELECT, INSERT, UPDATE ON kpi.parity_break TO throughline_metrics;
GRANT SELECT ON kpi.parity_break TO throughline_viewer, throughline_triage;
ALTER TABLE kpi.parity_break ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.parity_break FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
