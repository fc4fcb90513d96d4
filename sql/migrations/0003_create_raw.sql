-- Runs, attempts and run items as the platform told them, by month of the instant the work was due.
CREATE SCHEMA raw;

CREATE TABLE raw.run (
  customer_id          int NOT NULL,
  system_id            int NOT NULL,
  external_id          text NOT NULL,
  due_at               timestamptz NOT NULL,        -- when the work became due; fixed at first sight, never revised
  flow_id              int,                         -- null: no flow of ours matches the platform's workflow
  transaction_key      text NOT NULL,               -- root of the retry chain, or the scheduled slot
  workflow_name        text NOT NULL,
  status               text NOT NULL CHECK (status IN ('success', 'partial', 'failed', 'cancelled', 'timeout', 'running',
                                                       'queued', 'waiting', 'skipped', 'stuck', 'unknown')),
  source_status        text NOT NULL,               -- the platform's own word
  trigger              text NOT NULL DEFAULT 'automatic' CHECK (trigger IN ('automatic', 'manual', 'test')),
  retry_of             text,
  started_at           timestamptz,
  finished_at          timestamptz,
  source_changed_at    timestamptz,                 -- commit at the source, where known
  target_committed_at  timestamptz,                 -- commit at the target, where known
  attempts             int NOT NULL DEFAULT 1,
  records_in           int,
  records_ok           int,
  records_bad          int,
  object_type          text,
  object_key           text,
  target_key           text,
  amount               numeric(18,4),
  currency             char(3),
  error_code           text,
  error_type           text,
  error_message        text,
  error_step           text,
  source_updated_at    timestamptz,
  first_seen_at        timestamptz NOT NULL,
  last_seen_at         timestamptz NOT NULL,
  PRIMARY KEY (customer_id, system_id, external_id, due_at)
) PARTITION BY RANGE (due_at);
CREATE INDEX run_flow_due ON raw.run (customer_id, flow_id, due_at);
CREATE INDEX run_open ON raw.run (customer_id, system_id, due_at) WHERE finished_at IS NULL;

CREATE TABLE raw.attempt (
  customer_id    int NOT NULL,
  system_id      int NOT NULL,
  external_id    text NOT NULL,                     -- the run it belongs to
  attempt_no     int NOT NULL,
  due_at         timestamptz NOT NULL,              -- the run's
  status         text NOT NULL,
  source_status  text NOT NULL,
  started_at     timestamptz,
  finished_at    timestamptz,
  error_message  text,
  first_seen_at  timestamptz NOT NULL,
  last_seen_at   timestamptz NOT NULL,
  PRIMARY KEY (customer_id, system_id, external_id, attempt_no, due_at)
) PARTITION BY RANGE (due_at);

CREATE TABLE raw.run_item (
  customer_id    int NOT NULL,
  system_id      int NOT NULL,
  external_id    text NOT NULL,                     -- the run it belongs to
  object_type    text NOT NULL,
  source_key     text NOT NULL,
  due_at         timestamptz NOT NULL,              -- the run's
  target_key     text,
  claimed_state  text NOT NULL CHECK (claimed_state IN ('written', 'rejected', 'skipped', 'unknown')),
  claimed_at     timestamptz,
  source_changed_at   timestamptz,
  target_committed_at timestamptz,
  amount         numeric(18,4),
  currency       char(3),
  error_message  text,
  first_seen_at  timestamptz NOT NULL,
  last_seen_at   timestamptz NOT NULL,
  PRIMARY KEY (customer_id, system_id, external_id, object_type, source_key, due_at)
) PARTITION BY RANGE (due_at);
