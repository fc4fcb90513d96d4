-- What the order and the counts of the queue are read from: the open exceptions without their words, beside each other in one index.
CREATE INDEX exception_queue ON ops.exception (customer_id, exception_id)
  INCLUDE (state, severity, owner_person_id, occurrences, last_occurred_at, snoozed_until, snoozed_count, value_at_risk, currency, value_confidence,
           blocked_by_exception_id, closed_at)
  WHERE closed_at IS NULL;
-- Past cases, and how many there are of which kind.
CREATE INDEX exception_past ON ops.exception (customer_id, rule, closed_at) INCLUDE (state, class, flow_id, exception_id) WHERE closed_at IS NOT NULL;
-- An index answers by itself only what vacuum has looked at since it changed: often, while people work.
ALTER TABLE ops.exception SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
