-- Triage writes what people may change of the exceptions in its scope, and appends what they did; history it can only add to.
GRANT UPDATE (tags, snoozed_until, snoozed_count, waived_until, claimed_at, merged_into_exception_id, occurrences, opened_at,
  last_occurred_at, value_at_risk, currency, value_confidence, detail) ON ops.exception TO throughline_triage;
GRANT INSERT ON ops.exception TO throughline_triage;
GRANT UPDATE (exception_id, found_as, cleared_at) ON ops.exception_occurrence TO throughline_triage;
-- whom it can be given to
GRANT SELECT (email, all_customers, disabled_at) ON ops.person TO throughline_triage;
GRANT SELECT ON ops.person_customer TO throughline_triage;

CREATE POLICY openable ON ops.exception FOR INSERT TO throughline_triage
  WITH CHECK (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
CREATE POLICY movable ON ops.exception_occurrence FOR UPDATE TO throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
ALTER TABLE ops.person_customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.person_customer FOR SELECT TO throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
CREATE POLICY portal_reads ON ops.person_customer FOR SELECT TO throughline_portal USING (true);
