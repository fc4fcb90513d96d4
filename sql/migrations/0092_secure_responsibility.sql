-- People add to it through triage; nobody changes or deletes. Read under the policy of the items it is about.
ALTER TABLE ops.maintenance ADD CONSTRAINT maintenance_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.exclusion ADD CONSTRAINT exclusion_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
ALTER TABLE ops.exclusion_item ADD CONSTRAINT exclusion_item_exclusion_fk FOREIGN KEY (customer_id, exclusion_id) REFERENCES ops.exclusion (customer_id, exclusion_id);
ALTER TABLE ops.exclusion_event ADD CONSTRAINT exclusion_event_exclusion_fk FOREIGN KEY (customer_id, exclusion_id) REFERENCES ops.exclusion (customer_id, exclusion_id);
ALTER TABLE ops.attribution ADD CONSTRAINT attribution_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
GRANT SELECT ON ops.maintenance, ops.exclusion, ops.exclusion_item, ops.exclusion_event, ops.attribution
  TO throughline_metrics, throughline_viewer, throughline_triage;
GRANT INSERT ON ops.maintenance, ops.exclusion, ops.exclusion_item, ops.exclusion_event, ops.attribution TO throughline_triage;

DO $$
DECLARE
  tenant_table regclass;
  named text := 'customer_id = ANY (string_to_array(current_setting(''app.customers'', true), '','')::int[])';
BEGIN
  FOREACH tenant_table IN ARRAY ARRAY['ops.maintenance', 'ops.exclusion', 'ops.exclusion_item', 'ops.exclusion_event', 'ops.attribution']::regclass[]
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY readable ON %s FOR SELECT TO throughline_viewer, throughline_triage USING (%s)', tenant_table, named);
    EXECUTE format('CREATE POLICY appendable ON %s FOR INSERT TO throughline_triage WITH CHECK (%s)', tenant_table, named);
  END LOOP;
END $$;
