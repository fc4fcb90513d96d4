-- The partner's own people read what became of alerts, one or more of their customers in scope; nobody of a customer does.
ALTER POLICY readable ON ops.alert
  USING (current_setting('app.staff', true) = 'on'
    AND customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
GRANT SELECT (customer_id, message_id, alert_id, kind, channel, addressee, severity, state, not_before, attempts, error, created_at, sent_at)
  ON ops.alert_message TO throughline_viewer;
CREATE POLICY readable ON ops.alert_message FOR SELECT TO throughline_viewer
  USING (current_setting('app.staff', true) = 'on'
    AND customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
-- What has been over for long is taken away, in the customer's scope as all of it.
GRANT DELETE ON ops.alert, ops.alert_message, ops.alert_link TO throughline_triage;
