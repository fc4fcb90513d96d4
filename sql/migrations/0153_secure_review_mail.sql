-- Written by the worker. Readers see what went out and when, of their customers; never the message, whose draft is the partner's alone.
ALTER TABLE ops.review_mail ADD CONSTRAINT review_mail_customer_fk FOREIGN KEY (customer_id) REFERENCES ops.customer (customer_id);
GRANT SELECT, INSERT, UPDATE ON ops.review_mail TO throughline_metrics;
GRANT SELECT (customer_id, period, version, kind, state, due_at, next_try_at, attempts, error, sent_at)
  ON ops.review_mail TO throughline_viewer, throughline_triage;
ALTER TABLE ops.review_mail ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.review_mail FOR SELECT TO throughline_viewer, throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
