-- Records are written by collectors and read under the policy of the other records.
GRANT SELECT, INSERT, UPDATE ON biz.lead, biz.quote, biz.change_order, biz.budget, biz.billing_schedule, biz.supplier_bill, biz.payroll_run, biz.project_cost, biz.support_ticket
  TO throughline_collector;
GRANT SELECT ON biz.lead, biz.quote, biz.change_order, biz.budget, biz.billing_schedule, biz.supplier_bill, biz.payroll_run, biz.project_cost, biz.support_ticket
  TO throughline_metrics, throughline_viewer, throughline_triage;
ALTER TABLE biz.lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.lead FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.quote ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.quote FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.change_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.change_order FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.budget ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.budget FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.billing_schedule ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.billing_schedule FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.supplier_bill ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.supplier_bill FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.payroll_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.payroll_run FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.project_cost ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.project_cost FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE biz.support_ticket ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON biz.support_ticket FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
