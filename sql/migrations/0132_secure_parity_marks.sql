-- Written by metrics only; bound like what they stand beside.
GRANT SELECT, INSERT, DELETE ON kpi.parity_mark, kpi.parity_name TO throughline_metrics;
ALTER TABLE kpi.parity_mark ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.parity_mark FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE kpi.parity_name ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.parity_name FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
