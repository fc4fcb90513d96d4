-- How long two systems did not hold a record alike: from when that began until it healed, or until nobody owes it any more. A healed break leaves
-- kpi.parity; here it stays.
CREATE TABLE kpi.parity_break (
  customer_id       int NOT NULL,
  flow_id           int NOT NULL,
  is_target         boolean NOT NULL,               -- a record that only the target has; else one of the source, with or without its target
  record_id         text NOT NULL,
  opened_at         timestamptz NOT NULL,           -- in the time of the systems
  watched_from      timestamptz NOT NULL,           -- later where it was there when the two were compared the first time, or by other rules
  ended_at          timestamptz,                    -- null: not yet
  how               text CHECK (how IN ('healed', 'not owed', 'matched', 'agreed otherwise', 'not compared')),
  cell              text NOT NULL CHECK (cell IN ('different', 'source_only', 'target_only')), -- the last one
  compared_to       timestamptz NOT NULL,           -- up to when both had been read when it was compared last
  range_no          int NOT NULL,
  source_type       text NOT NULL,
  source_system_id  int NOT NULL,
  target_type       text NOT NULL,
  target_system_id  int NOT NULL,
  amount            numeric(18,4),                  -- the source's, else the target's; null: not told, or in two currencies
  currency          char(3),
  label             text,
  CHECK ((ended_at IS NULL) = (how IS NULL)),
  PRIMARY KEY (customer_id, flow_id, is_target, record_id, opened_at)
);
CREATE INDEX parity_break_open ON kpi.parity_break (customer_id, flow_id, range_no) WHERE ended_at IS NULL;
CREATE INDEX parity_broken ON kpi.parity (customer_id, flow_id, range_no) WHERE cell IN ('different', 'source_only', 'target_only');
