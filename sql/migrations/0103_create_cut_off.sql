-- When customers close their books for billing next, written down so that the queue can be put in order where it is read.
CREATE TABLE kpi.cut_off (
  customer_id  int NOT NULL,
  cut_off_at   timestamptz NOT NULL,
  PRIMARY KEY (customer_id, cut_off_at)
);
CREATE INDEX exception_blocked ON ops.exception (customer_id, blocked_by_exception_id)
  WHERE blocked_by_exception_id IS NOT NULL AND closed_at IS NULL;
