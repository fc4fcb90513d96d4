-- Rules are configuration, expectations are written by metrics only; both are read under the policy of the records behind them.
ALTER TABLE ops.lifecycle_stage ADD CONSTRAINT lifecycle_stage_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.expectation_rule ADD CONSTRAINT expectation_rule_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.expectation_rule ADD CONSTRAINT expectation_rule_flow_fk FOREIGN KEY (customer_id, flow_id) REFERENCES ops.flow (customer_id, flow_id);
ALTER TABLE ops.expectation_rule ADD CONSTRAINT expectation_rule_calendar_fk FOREIGN KEY (customer_id, calendar_id) REFERENCES ops.calendar (customer_id, calendar_id);
GRANT SELECT ON ops.lifecycle_stage, ops.expectation_rule TO throughline_metrics, throughline_viewer, throughline_triage;
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.expectation_rule, kpi.expectation, kpi.expectation_linked TO throughline_metrics;
ALTER TABLE ops.lifecycle_stage ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.lifecycle_stage FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE ops.expectation_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.expectation_rule FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE kpi.expectation_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.expectation_rule FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE kpi.expectation ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.expectation FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
REVOKE SELECT ON kpi.expectation_linked FROM throughline_viewer, throughline_triage;
ALTER TABLE kpi.expectation_linked ENABLE ROW LEVEL SECURITY;
