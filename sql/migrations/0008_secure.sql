-- Who may do what. Policies bind the readers (viewer, triage); immutability comes from privileges: nobody holds
-- UPDATE or DELETE on state events, exception events and audit.
GRANT USAGE ON SCHEMA ops TO throughline_collector, throughline_metrics, throughline_viewer, throughline_triage, throughline_portal;
GRANT USAGE ON SCHEMA raw, biz TO throughline_collector, throughline_metrics, throughline_viewer, throughline_triage;

-- collector: writes raw, biz and the ledger; reads configuration
GRANT SELECT ON ops.partner, ops.customer, ops.calendar, ops.system, ops.flow, ops.flow_promise TO throughline_collector;
GRANT SELECT, INSERT, UPDATE ON ops.cursor, ops.poll, ops.quarantine, ops.dirty_cell, ops.lease TO throughline_collector;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA raw TO throughline_collector;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA biz TO throughline_collector;
REVOKE UPDATE ON biz.state_event FROM throughline_collector;
REVOKE INSERT, UPDATE ON biz.xref FROM throughline_collector;
GRANT EXECUTE ON FUNCTION ops.ensure_month(date), ops.drop_months_before(date) TO throughline_collector;

-- metrics: counts, matches, opens exceptions
GRANT SELECT ON ALL TABLES IN SCHEMA raw, biz TO throughline_metrics;
GRANT SELECT ON ops.partner, ops.customer, ops.fx_rate, ops.calendar, ops.calendar_holiday, ops.calendar_window, ops.system, ops.flow,
  ops.flow_promise, ops.terms, ops.cursor, ops.poll, ops.quarantine, ops.lease TO throughline_metrics;
GRANT INSERT, UPDATE, DELETE ON ops.calendar_window TO throughline_metrics;
GRANT SELECT, INSERT, UPDATE ON ops.exception, ops.exception_occurrence, biz.xref TO throughline_metrics;
GRANT SELECT, INSERT ON ops.exception_event TO throughline_metrics;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.dirty_cell TO throughline_metrics;
GRANT EXECUTE ON FUNCTION ops.ensure_month(date), ops.drop_months_before(date) TO throughline_metrics;

-- readers: what app.customers names, nothing when it is unset
GRANT SELECT ON ops.partner, ops.customer, ops.fx_rate, ops.calendar, ops.calendar_holiday, ops.calendar_window, ops.flow, ops.flow_promise,
  ops.terms, ops.cursor, ops.poll, ops.quarantine, ops.exception, ops.exception_occurrence, ops.exception_event
  TO throughline_viewer, throughline_triage;
GRANT SELECT (customer_id, system_id, key, role, kind, removed_at, changed_at) ON ops.system TO throughline_viewer, throughline_triage;
GRANT SELECT (person_id, partner_id, name, role) ON ops.person TO throughline_viewer, throughline_triage;
GRANT SELECT ON ALL TABLES IN SCHEMA raw, biz TO throughline_viewer, throughline_triage;
GRANT UPDATE (state, waiting_on, owner_person_id, severity, closed_at, version) ON ops.exception TO throughline_triage;
GRANT INSERT ON ops.exception_event, ops.audit TO throughline_triage;

-- portal: brand by host, sign-in and sessions; never a customer's data
GRANT SELECT ON ops.partner, ops.customer, ops.person, ops.person_customer TO throughline_portal;
GRANT UPDATE (password_hash) ON ops.person TO throughline_portal;
GRANT SELECT, INSERT, UPDATE, DELETE ON ops.session, ops.sign_in_failure TO throughline_portal;
GRANT INSERT ON ops.audit TO throughline_portal;

DO $$
DECLARE
  tenant_table regclass;
  readable text := 'customer_id = ANY (string_to_array(current_setting(''app.customers'', true), '','')::int[])';
BEGIN
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO throughline_collector, throughline_metrics', current_database());
  -- every tenant table, and the customer itself, whoever adds one later does the same in its own migration
  FOR tenant_table IN
    SELECT c.oid::regclass
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'customer_id' AND NOT a.attisdropped
    WHERE n.nspname IN ('ops', 'raw', 'biz') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.oid NOT IN ('ops.lease'::regclass, 'ops.audit'::regclass, 'ops.person_customer'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenant_table);
    EXECUTE format('CREATE POLICY readable ON %s FOR SELECT TO throughline_viewer, throughline_triage USING (%s)', tenant_table, readable);
  END LOOP;
END $$;

CREATE POLICY movable ON ops.exception FOR UPDATE TO throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
CREATE POLICY appendable ON ops.exception_event FOR INSERT TO throughline_triage
  WITH CHECK (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));

-- Sign-in knows every customer by name before anybody is signed in; it reads no tenant table.
CREATE POLICY portal_reads ON ops.customer FOR SELECT TO throughline_portal USING (true);

-- Partners and people are seen only with one of their customers in scope.
ALTER TABLE ops.partner ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.partner FOR SELECT TO throughline_viewer, throughline_triage
  USING (partner_id IN (SELECT c.partner_id FROM ops.customer c));
CREATE POLICY portal_reads ON ops.partner FOR SELECT TO throughline_portal USING (true);
ALTER TABLE ops.person ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.person FOR SELECT TO throughline_viewer, throughline_triage
  USING (partner_id IN (SELECT c.partner_id FROM ops.customer c));
CREATE POLICY portal_all ON ops.person FOR ALL TO throughline_portal USING (true);
