-- What planning and finance know beside the work itself: leave, assignments, billing holds, the close of the books; and the fields that
-- projects, people, contracts and invoice lines have for them.

CREATE TABLE biz.leave (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  resource_ref       text NOT NULL,
  starts_on          date NOT NULL,
  ends_on            date NOT NULL,                 -- the last day of it
  hours              numeric(8,2),                  -- a day; null: the whole day
  kind               text,
  state              text NOT NULL CHECK (state IN ('requested', 'approved', 'rejected', 'cancelled')),
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- Who is planned to work on a project.
CREATE TABLE biz.assignment (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  project_ref        text NOT NULL,
  resource_ref       text,                          -- null: a role without a person
  role               text,
  starts_on          date,
  ends_on            date,
  hours              numeric(12,2),
  created_at         timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- Bills that are held back on purpose. Without a reason and an end it holds nothing.
CREATE TABLE biz.billing_hold (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  object_type        text NOT NULL CHECK (object_type IN ('account', 'project', 'contract', 'milestone')),
  object_ref         text NOT NULL,
  reason             text,
  placed_at          timestamptz NOT NULL,
  expires_on         date,                          -- the last day of it
  released_at        timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- When the books of a period had to be closed, and when they were.
CREATE TABLE biz.period_close (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  name               text,
  period_from        date NOT NULL,
  period_to          date NOT NULL,
  due_on             date,
  closed_at          timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE INDEX leave_resource ON biz.leave (customer_id, system_id, resource_ref);
CREATE INDEX assignment_project ON biz.assignment (customer_id, system_id, project_ref);
CREATE INDEX assignment_seen ON biz.assignment (customer_id, last_seen_at);

ALTER TABLE biz.project ADD COLUMN cost_centre text;
ALTER TABLE biz.project ADD COLUMN manager_ref text;
ALTER TABLE biz.project ADD COLUMN tax_code text;
-- ISO weekdays, 1 is Monday: 12345; null: nobody tells
ALTER TABLE biz.resource ADD COLUMN working_days text;
-- of one date of a retainer, and how many months lie between two of them; null: one
ALTER TABLE biz.contract ADD COLUMN billing_amount numeric(18,4);
ALTER TABLE biz.contract ADD COLUMN billing_every_months smallint;
-- the contract whose retainer or usage the line bills, and a day of the period that it bills
ALTER TABLE biz.invoice_line ADD COLUMN contract_ref text;
ALTER TABLE biz.invoice_line ADD COLUMN billed_for date;
CREATE INDEX invoice_line_contract ON biz.invoice_line (customer_id, system_id, contract_ref) WHERE contract_ref IS NOT NULL;

-- What the first look at a project found. It is written once and never changed: a later correction does not make it right.
CREATE TABLE kpi.project_audit (
  customer_id  int NOT NULL,
  system_id    int NOT NULL,
  project_id   text NOT NULL,
  version      smallint NOT NULL,                   -- of the list of checks
  made_at      timestamptz NOT NULL,
  audit_at     timestamptz NOT NULL,
  found_at     timestamptz NOT NULL,
  checks       text[] NOT NULL,
  failed       text[] NOT NULL,
  amount       numeric(18,4),
  currency     char(3),
  PRIMARY KEY (customer_id, system_id, project_id)
);
