-- Detection's memory is nobody's reading.
GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.detected_cell TO throughline_metrics;
REVOKE SELECT ON kpi.detected_cell FROM throughline_viewer, throughline_triage;
ALTER TABLE kpi.detected_cell ENABLE ROW LEVEL SECURITY;
