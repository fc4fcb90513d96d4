-- What detection has looked at: the counts of every cell with trouble in it, as they were then.
CREATE TABLE kpi.detected_cell (
  customer_id  int NOT NULL,
  flow_id      int NOT NULL,
  hour         timestamptz NOT NULL,
  counts       text NOT NULL,
  PRIMARY KEY (customer_id, flow_id, hour)
);
CREATE INDEX flow_hour_bad ON kpi.flow_hour (customer_id, flow_id, hour) WHERE n_failed + n_overdue + n_missed + n_s3 > 0;
CREATE INDEX exception_occurrence_subject ON ops.exception_occurrence (customer_id, subject_type, system_id, subject_id);
CREATE INDEX exception_occurrence_open ON ops.exception_occurrence (customer_id, subject_type, flow_id) WHERE cleared_at IS NULL;

-- After many rows were written at once, the planner must know before it joins them; only the owner of a table may tell it.
CREATE FUNCTION ops.analyze_exceptions() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  ANALYZE ops.exception;
  ANALYZE ops.exception_occurrence;
END $$;
REVOKE ALL ON FUNCTION ops.analyze_exceptions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ops.analyze_exceptions() TO throughline_metrics;
