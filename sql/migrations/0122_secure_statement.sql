-- Sealed by the partner's people for their own customers, read by whoever may see the customer. No role holds UPDATE or DELETE.
ALTER TABLE ops.statement ADD CONSTRAINT statement_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
GRANT SELECT ON ops.statement TO throughline_viewer, throughline_triage;
GRANT INSERT ON ops.statement TO throughline_triage;
ALTER TABLE ops.statement ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.statement FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
CREATE POLICY sealable ON ops.statement FOR INSERT TO throughline_triage
  WITH CHECK (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
