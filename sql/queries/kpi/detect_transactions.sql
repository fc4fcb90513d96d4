-- Transactions that are decided bad, of the cells that changed: they failed for good, are overdue, or never came.
-- grain:   one row of pg_temp.candidate per transaction; a fingerprint follows from the words of its message
-- params:  none
-- columns: rules run_failed (F; S3 after an error), run_overdue (O+; S3 that was only late), missed_slot (M); it began when it was due; S3 is
--          cleared when it succeeded after all
-- source:  view kpi.transaction; automatic retries that are not used up leave it O, so they open nothing
INSERT INTO pg_temp.candidate (
  customer_id, rule, class, workflow, flow_id, flow_name, system_id, severity, subject_type, subject_system_id, subject_id, occurred_at,
  cleared_at, amount, currency, message)
SELECT
  c.customer_id,
  CASE
    WHEN t.outcome = 'M' THEN 'missed_slot'
    WHEN t.outcome = 'O+' OR t.outcome = 'S3' AND t.error_message IS NULL THEN 'run_overdue'
    ELSE 'run_failed'
  END,
  'technical', f.workflow, f.flow_id, f.name, coalesce(t.system_id, f.runs_system_id), 3,
  'transaction', coalesce(t.system_id, f.runs_system_id, 0), t.transaction_key, t.t0,
  CASE WHEN t.outcome = 'S3' THEN greatest(t.decided_at, t.t0 + interval '1 microsecond') END, t.amount, t.currency,
  CASE
    WHEN t.outcome IN ('M', 'O+') OR t.outcome = 'S3' AND t.error_message IS NULL THEN ''
    ELSE coalesce(nullif(trim(t.error_message), ''),
      CASE WHEN t.records_bad > 0 THEN 'some of its records were not accepted'
           WHEN t.status = 'timeout' THEN 'it ran out of time'
           WHEN t.status = 'cancelled' THEN 'it was cancelled'
           ELSE 'it failed and said nothing' END)
  END
FROM pg_temp.cell c
JOIN ops.flow f ON f.customer_id = c.customer_id AND f.flow_id = c.flow_id
CROSS JOIN LATERAL (
  SELECT x.*
  FROM kpi.transaction x
  WHERE x.customer_id = c.customer_id AND x.flow_id = c.flow_id AND x.t0 >= c.hour AND x.t0 < c.hour + interval '1 hour'
    AND x.outcome IN ('F', 'O+', 'M', 'S3')
  OFFSET 0 -- a look-up for each cell; joined freely, the view would be worked out for the whole history
) t
WHERE c.counts IS NOT NULL
