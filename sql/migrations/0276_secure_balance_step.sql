-- Written and read by metrics only: readers have the balances.
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.balance_step TO throughline_metrics;
REVOKE SELECT ON kpi.balance_step FROM throughline_viewer, throughline_triage;
ALTER TABLE kpi.balance_step ENABLE ROW LEVEL SECURITY;
