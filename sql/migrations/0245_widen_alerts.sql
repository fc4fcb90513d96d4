-- Alerting: tests of a channel and mentions go through the outbox, what may have arrived can wait for a person, old alerts end.
ALTER TABLE ops.alert_message DROP CONSTRAINT alert_message_kind_check;
ALTER TABLE ops.alert_message ADD CONSTRAINT alert_message_kind_check
  CHECK (kind IN ('fired', 'worse', 'escalated', 'acknowledged', 'resolved', 'digest', 'storm', 'test', 'mention'));
ALTER TABLE ops.alert_message DROP CONSTRAINT alert_message_state_check;
ALTER TABLE ops.alert_message ADD CONSTRAINT alert_message_state_check
  CHECK (state IN ('waiting', 'sending', 'sent', 'dropped', 'folded', 'dead', 'held'));  -- held: it may have arrived, a person says
CREATE INDEX alert_message_made ON ops.alert_message (customer_id, created_at);
CREATE INDEX alert_message_stuck ON ops.alert_message (customer_id, message_id) WHERE state IN ('dead', 'held');
