-- People add to it through triage; nobody changes or deletes. Read by whoever may see the customer.
ALTER TABLE ops.review_action ADD CONSTRAINT review_action_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.review_commentary ADD CONSTRAINT review_commentary_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.review_sign_off ADD CONSTRAINT review_sign_off_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
GRANT SELECT ON ops.review_action, ops.review_commentary, ops.review_sign_off TO throughline_viewer, throughline_triage;
GRANT INSERT ON ops.review_action, ops.review_commentary, ops.review_sign_off TO throughline_triage;

DO $$
DECLARE
  tenant_table regclass;
  named text := 'customer_id = ANY (string_to_array(current_setting(''app.customers'', true), '','')::int[])';
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['ops.review_action', 'ops.review_commentary', 'ops.review_sign_off']::regclass[]
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY readable ON %s FOR SELECT TO throughline_viewer, throughline_triage USING (%s)', tenant_table, named);
    EXECUTE format('CREATE POLICY appendable ON %s FOR INSERT TO throughline_triage WITH CHECK (%s)', tenant_table, named);
  END LOOP;
END $$;
