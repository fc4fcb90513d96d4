-- Written once by metrics, changed by nobody; who found it is said by those who work the queue.
GRANT SELECT, INSERT ON kpi.recovered TO throughline_metrics;
GRANT SELECT ON kpi.recovered TO throughline_viewer, throughline_triage;
GRANT UPDATE (found_by) ON ops.exception TO throughline_triage;
ALTER TABLE kpi.recovered ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.recovered FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
