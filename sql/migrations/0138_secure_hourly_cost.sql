-- Read for the partner's own people only, with one of its customers in scope; written with the estate.
GRANT SELECT ON ops.hourly_cost TO throughline_viewer;
ALTER TABLE ops.hourly_cost ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON ops.hourly_cost FOR SELECT TO throughline_viewer
  USING (current_setting('app.staff', true) = 'on' AND partner_id IN (SELECT c.partner_id FROM ops.customer c));
