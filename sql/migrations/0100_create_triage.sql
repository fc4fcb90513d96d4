-- What people do with an exception: who has it, what it is called, until when it sleeps or is waived, and what it was put together with.
ALTER TABLE ops.exception DROP CONSTRAINT exception_state_check;
ALTER TABLE ops.exception ADD CONSTRAINT exception_state_check
  CHECK (state IN ('new', 'triaged', 'waiting', 'fix_claimed', 'verified_closed', 'waived', 'reopened', 'merged'));
ALTER TABLE ops.exception ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
-- asleep until the instant has come, or until it has happened to so many
ALTER TABLE ops.exception ADD COLUMN snoozed_until timestamptz;
ALTER TABLE ops.exception ADD COLUMN snoozed_count int;
-- a waiver ends by itself; null: it is not waived
ALTER TABLE ops.exception ADD COLUMN waived_until timestamptz;
-- since when somebody says that it is fixed; null: nobody does
ALTER TABLE ops.exception ADD COLUMN claimed_at timestamptz;
-- how often a fix was claimed and what was read afterwards did not show it
ALTER TABLE ops.exception ADD COLUMN unproven_count int NOT NULL DEFAULT 0;
ALTER TABLE ops.exception ADD COLUMN merged_into_exception_id bigint;
CREATE INDEX exception_timed ON ops.exception (customer_id)
  WHERE claimed_at IS NOT NULL OR waived_until IS NOT NULL OR snoozed_until IS NOT NULL OR snoozed_count IS NOT NULL;
CREATE INDEX exception_merged ON ops.exception (customer_id, merged_into_exception_id) WHERE merged_into_exception_id IS NOT NULL;

-- The exception by whose fingerprint detection finds it, where people put it into another one; in its own: it is told there already.
ALTER TABLE ops.exception_occurrence ADD COLUMN found_as bigint;
CREATE INDEX exception_occurrence_found_as ON ops.exception_occurrence (customer_id, found_as, subject_type, system_id, subject_id)
  WHERE found_as IS NOT NULL;

-- An event names the state and the version that it leaves; to_state null: the state stays as it is.
ALTER TABLE ops.exception_event ADD COLUMN left_version int;
ALTER TABLE ops.exception_event ADD COLUMN person_id int;
-- what the move changed (before: as it was), and for whom, until when, with which other exception
ALTER TABLE ops.exception_event ADD COLUMN detail jsonb NOT NULL DEFAULT '{}';
-- of work on it, by hand; an undo takes them back
ALTER TABLE ops.exception_event ADD COLUMN minutes int;
-- a note is the partner's own unless it is marked for the customer
ALTER TABLE ops.exception_event ADD COLUMN for_customer boolean NOT NULL DEFAULT false;
ALTER TABLE ops.exception_event ADD COLUMN undoes_event_id bigint;
