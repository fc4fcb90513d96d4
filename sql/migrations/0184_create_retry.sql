-- Retries that were asked of a platform: one row per transaction and attempt, written before anything is sent. The key is the lock.
CREATE TABLE ops.retry (
  customer_id   int NOT NULL,
  system_id     int NOT NULL,
  subject_id    text NOT NULL,                      -- the transaction, as exceptions name it
  attempt       int NOT NULL CHECK (attempt > 0),
  exception_id  bigint NOT NULL,
  run_id        text NOT NULL,                      -- the run that was to be retried
  state         text NOT NULL CHECK (state IN ('begun', 'accepted', 'refused', 'unsure')),
  actor         text NOT NULL,
  person_id     int,
  begun_at      timestamptz NOT NULL,
  answered_at   timestamptz,
  new_run_id    text,                               -- the run that the platform made of it; null: the same one again, or not known
  said          text,
  PRIMARY KEY (customer_id, system_id, subject_id, attempt)
);
CREATE INDEX retry_of_exception ON ops.retry (customer_id, exception_id);
