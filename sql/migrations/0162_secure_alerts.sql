-- A rule names all the customers it is for: only the writers that work for everybody read it, never somebody in one customer's scope.
GRANT SELECT ON ops.alert_channel, ops.alert_rule TO throughline_metrics;
-- whose messages are due and who has open alerts, and nothing else of them
GRANT SELECT (customer_id, closed_at) ON ops.alert TO throughline_metrics;
GRANT SELECT (customer_id, state, not_before, leased_until) ON ops.alert_message TO throughline_metrics;
-- What is said about a customer is written and sent in that customer's scope.
GRANT SELECT ON ops.alert TO throughline_viewer;
GRANT SELECT, INSERT, UPDATE ON ops.alert, ops.alert_message, ops.alert_link TO throughline_triage;
ALTER TABLE ops.alert ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.alert FOR SELECT TO throughline_viewer
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
CREATE POLICY workable ON ops.alert TO throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]))
  WITH CHECK (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE ops.alert_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY workable ON ops.alert_message TO throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]))
  WITH CHECK (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE ops.alert_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY workable ON ops.alert_link TO throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]))
  WITH CHECK (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
