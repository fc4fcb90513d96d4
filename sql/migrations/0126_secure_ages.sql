-- Written by metrics only; read under the same policy as the work behind them. What is still to be added up is nobody's reading.
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.age_cell, kpi.age_dirty TO throughline_metrics;
GRANT SELECT ON kpi.age_cell TO throughline_viewer, throughline_triage;
ALTER TABLE kpi.age_cell ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.age_cell FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
REVOKE SELECT ON kpi.age_dirty FROM throughline_viewer, throughline_triage;
ALTER TABLE kpi.age_dirty ENABLE ROW LEVEL SECURITY;
