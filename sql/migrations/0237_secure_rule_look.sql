-- Written by detection; who sees a customer may see when its rules looked last.
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.rule_look TO throughline_metrics;
GRANT SELECT ON kpi.rule_look TO throughline_viewer, throughline_triage;
ALTER TABLE kpi.rule_look ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.rule_look FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
