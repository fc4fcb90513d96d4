-- Incidents that began in the period: technical causes of the exception queue, from their first trouble until nothing of it is open.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   incident_look, one row: what happened at `at` or later has not happened; under_way, one row per cause and time it broke out, also before the
--          period, where it was not over by then; incident, those of the period:
--          exception_id, title, rule, severity, system_id, flow_id; onset_at, alerted_at (in the queue; null: not yet), detected_at (the same;
--          null also when it came back, or began before its system was read: nobody can say how long we took), acknowledged_at (a person
--          first moved, took or noted it), waived_at, restored_at timestamptz (null: not yet)
-- source:  metrics.md B6 to B8; ops.exception_occurrence in the time of the source, people's acts in ops.exception_event. What comes back
--          within 24 hours is the same incident. An unusual day is no incident: what made it so is
incident_cause AS NOT MATERIALIZED (
  SELECT e.customer_id, e.exception_id
  FROM ops.exception e
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.class = 'technical'
),
-- include: incident_of_cause
