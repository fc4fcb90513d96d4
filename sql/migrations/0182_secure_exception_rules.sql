-- Rules are configuration, written by the owner; both are read under the policy of the exceptions.
ALTER TABLE ops.exception_rule ADD CONSTRAINT exception_rule_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
GRANT SELECT ON ops.exception_rule TO throughline_metrics, throughline_viewer, throughline_triage;
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.rule_trouble TO throughline_metrics;
GRANT SELECT ON kpi.rule_trouble TO throughline_viewer, throughline_triage;
ALTER TABLE ops.exception_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.exception_rule FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE kpi.rule_trouble ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON kpi.rule_trouble FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
-- a rule may name who gets what it opens
GRANT SELECT (person_id, partner_id, email, role, all_customers, disabled_at) ON ops.person TO throughline_metrics;
GRANT SELECT ON ops.person_customer TO throughline_metrics;
