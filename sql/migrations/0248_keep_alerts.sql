-- For how many days a partner keeps alerts that are over, their messages and links; null: 400.
ALTER TABLE ops.partner ADD COLUMN alert_days int;
GRANT SELECT (alert_id, created_at) ON ops.alert_message TO throughline_metrics;
