-- Written by metrics, which may say until when something was known and nothing else of it; nobody takes a row away.
GRANT SELECT, INSERT ON ops.balance_day TO throughline_metrics;
GRANT UPDATE (known_to) ON ops.balance_day TO throughline_metrics;
GRANT SELECT ON ops.balance_day TO throughline_viewer, throughline_triage;
ALTER TABLE ops.balance_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.balance_day FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
