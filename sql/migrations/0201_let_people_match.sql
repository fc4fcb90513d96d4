-- The partner's people say which records belong together, for the customers in scope and under their own names; what a rule says is written by
-- metrics only, and of links that were held nobody takes anything away.
GRANT INSERT, UPDATE (rule, confidence, decided_by, valid_to) ON biz.xref TO throughline_triage;
CREATE POLICY sayable ON biz.xref FOR INSERT TO throughline_triage
  WITH CHECK (current_setting('app.staff', true) = 'on' AND decided_by NOT LIKE 'rule %'
    AND customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
CREATE POLICY endable ON biz.xref FOR UPDATE TO throughline_triage
  USING (current_setting('app.staff', true) = 'on'
    AND customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]))
  WITH CHECK (current_setting('app.staff', true) = 'on' AND (decided_by NOT LIKE 'rule %' OR valid_to <> 'infinity')
    AND customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
-- the next reconciliation looks at both ends of what was said
GRANT INSERT ON kpi.parity_mark TO throughline_triage;
CREATE POLICY markable ON kpi.parity_mark FOR INSERT TO throughline_triage
  WITH CHECK (current_setting('app.staff', true) = 'on'
    AND customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
