-- Written by those who work the queue, within their customers; what was begun is never taken away.
GRANT SELECT ON ops.retry TO throughline_viewer, throughline_metrics;
GRANT SELECT, INSERT ON ops.retry TO throughline_triage;
GRANT UPDATE (state, answered_at, new_run_id, said) ON ops.retry TO throughline_triage;
ALTER TABLE ops.retry ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.retry FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
CREATE POLICY openable ON ops.retry FOR INSERT TO throughline_triage
  WITH CHECK (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
CREATE POLICY movable ON ops.retry FOR UPDATE TO throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
