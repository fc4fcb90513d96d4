-- Written and read by metrics only: readers have the ages.
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.age_piece, kpi.age_seen, kpi.touched TO throughline_metrics;
REVOKE SELECT ON kpi.age_piece, kpi.age_seen, kpi.touched FROM throughline_viewer, throughline_triage;
ALTER TABLE kpi.age_piece ENABLE ROW LEVEL SECURITY;
ALTER TABLE kpi.age_seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE kpi.touched ENABLE ROW LEVEL SECURITY;
