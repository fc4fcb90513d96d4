-- Records are written by collectors, findings by metrics; nobody rewrites a finding. All are read under the policy of the other records.
GRANT SELECT, INSERT, UPDATE ON biz.leave, biz.assignment, biz.billing_hold, biz.period_close TO throughline_collector;
GRANT SELECT ON biz.leave, biz.assignment, biz.billing_hold, biz.period_close TO throughline_metrics, throughline_viewer, throughline_triage;
GRANT SELECT, INSERT ON kpi.project_audit TO throughline_metrics;
GRANT SELECT ON kpi.project_audit TO throughline_viewer, throughline_triage;
ALTER TABLE biz.leave ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.leave FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.assignment ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.assignment FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.billing_hold ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.billing_hold FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.period_close ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.period_close FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE kpi.project_audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.project_audit FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
