-- The account manager changes when a customer's review is sent and to whom; nothing else of a customer can be changed from a desk.
GRANT UPDATE (review, changed_at) ON ops.customer TO throughline_triage;
CREATE POLICY review_movable ON ops.customer FOR UPDATE TO throughline_triage
  USING (customer_id = ANY (string_to_array(current_setting('app.customers', true), ',')::int[]));
