-- Written by metrics only; read under the same policy as the records behind it.
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.verification, kpi.verified_flow, kpi.parity, kpi.parity_range TO throughline_metrics;
ALTER TABLE kpi.verification ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.verification FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE kpi.verified_flow ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.verified_flow FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE kpi.parity ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.parity FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE kpi.parity_range ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.parity_range FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
