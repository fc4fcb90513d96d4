-- Business objects as each system knows them. `…_ref` is a source id in the same system.
CREATE SCHEMA biz;

-- The customer's own customers.
CREATE TABLE biz.account (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  code               text,
  name               text NOT NULL,
  tax_id             text,
  domain             text,
  parent_ref         text,
  merged_into_ref    text,                          -- the record this one was merged into
  is_active          boolean,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.opportunity (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  account_ref        text,
  number             text,
  reference          text,
  name               text,
  stage              text NOT NULL,
  is_won             boolean NOT NULL,
  is_lost            boolean NOT NULL,
  requires_delivery  boolean NOT NULL DEFAULT true,
  amount             numeric(18,4),
  currency           char(3),
  owner_ref          text,
  expected_start_on  date,
  created_at         timestamptz,
  won_at             timestamptz,
  won_precision      text CHECK (won_precision IN ('history', 'field', 'date', 'observed')),
  lost_at            timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.contract (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  account_ref        text,
  opportunity_ref    text,                          -- source id in the same system, or the CRM's key
  number             text,
  kind               text CHECK (kind IN ('time_and_materials', 'fixed', 'retainer', 'other')),
  state              text,
  starts_on          date,
  ends_on            date,
  value              numeric(18,4),
  currency           char(3),
  billing_rule       text,
  billing_day        smallint,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.project (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  account_ref        text,
  contract_ref       text,
  parent_ref         text,
  opportunity_key    text,                          -- the CRM's key as this system holds it
  number             text,
  name               text,
  status             text,
  is_active          boolean,
  billing_method     text,
  budget_hours       numeric(12,2),
  budget_amount      numeric(18,4),
  currency           char(3),
  created_at         timestamptz,
  starts_on          date,
  ends_on            date,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.task (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  project_ref        text,
  name               text,
  rate               numeric(18,4),                 -- per hour
  currency           char(3),
  planned_hours      numeric(12,2),
  progress           double precision,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.resource (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  name               text,
  email              text,
  employee_no        text,
  starts_on          date,
  ends_on            date,
  capacity_hours     numeric(8,2),                  -- a week
  is_active          boolean,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- What an hour of a resource costs, and since when.
CREATE TABLE biz.cost_rate (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  resource_ref       text NOT NULL,
  valid_from         date NOT NULL,
  rate               numeric(18,4) NOT NULL,
  currency           char(3) NOT NULL,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.time_entry (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  resource_ref       text,
  project_ref        text,
  task_ref           text,
  worked_on          date NOT NULL,                 -- a local date, never converted
  minutes            numeric(12,4) NOT NULL,
  billable           boolean NOT NULL,
  rate               numeric(18,4),                 -- per hour, contracted, at the work date
  currency           char(3),
  cost_rate          numeric(18,4),
  entered_at         timestamptz,
  submitted_at       timestamptz,
  approved_at        timestamptz,
  approval_state     text NOT NULL CHECK (approval_state IN ('draft', 'submitted', 'approved', 'rejected', 'unknown')),
  approval_precision text CHECK (approval_precision IN ('history', 'field', 'entered', 'observed')),
  bill_state         text CHECK (bill_state IN ('open', 'billed', 'written_off', 'not_billable')),
  written_off_at     timestamptz,
  invoice_line_ref   text,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.expense (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  resource_ref       text,
  project_ref        text,
  task_ref           text,
  incurred_on        date NOT NULL,
  amount             numeric(18,4) NOT NULL,
  currency           char(3) NOT NULL,
  billable           boolean NOT NULL,
  entered_at         timestamptz,
  submitted_at       timestamptz,
  approved_at        timestamptz,
  approval_state     text NOT NULL CHECK (approval_state IN ('draft', 'submitted', 'approved', 'rejected', 'unknown')),
  approval_precision text CHECK (approval_precision IN ('history', 'field', 'entered', 'observed')),
  bill_state         text CHECK (bill_state IN ('open', 'billed', 'written_off', 'not_billable')),
  written_off_at     timestamptz,
  invoice_line_ref   text,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.milestone (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  project_ref        text,
  name               text,
  amount             numeric(18,4),
  currency           char(3),
  due_on             date,
  completed_at       timestamptz,
  approved_at        timestamptz,
  invoice_line_ref   text,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.invoice (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  account_ref        text,
  project_ref        text,
  number             text,
  kind               text NOT NULL CHECK (kind IN ('invoice', 'credit')),
  state              text NOT NULL CHECK (state IN ('draft', 'approved', 'posted', 'sent', 'part_paid', 'paid', 'void', 'credited', 'unknown')),
  source_state       text,
  created_at         timestamptz,
  posted_at          timestamptz,
  voided_at          timestamptz,                   -- when it stopped counting as a bill: void or credited
  issued_on          date,
  sent_at            timestamptz,
  due_on             date,
  net                numeric(18,4),
  tax                numeric(18,4),
  gross              numeric(18,4),
  currency           char(3),
  credits_ref        text,                          -- the invoice that this credit note takes back
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.invoice_line (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  invoice_ref        text NOT NULL,
  project_ref        text,
  task_ref           text,
  kind               text NOT NULL CHECK (kind IN ('time', 'expense', 'milestone', 'other')),
  quantity           numeric(18,4),
  unit               text,
  unit_price         numeric(18,4),
  net                numeric(18,4),
  currency           char(3),
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- Which work an invoice line bills; native links also stand on the work itself (invoice_line_ref).
CREATE TABLE biz.billing_link (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  invoice_line_ref   text NOT NULL,
  object_type        text NOT NULL CHECK (object_type IN ('time_entry', 'expense', 'milestone')),
  object_ref         text NOT NULL,
  share              numeric(9,8) NOT NULL DEFAULT 1 CHECK (share > 0 AND share <= 1),
  method             text NOT NULL CHECK (method IN ('native', 'task_period', 'inferred')),
  valid_from         timestamptz,
  valid_to           timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.payment (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  invoice_ref        text NOT NULL,
  paid_on            date,
  amount             numeric(18,4) NOT NULL,
  currency           char(3) NOT NULL,
  recorded_at        timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.purchase_order (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  supplier_ref       text,
  project_ref        text,
  number             text,
  state              text,
  amount             numeric(18,4),
  currency           char(3),
  ordered_on         date,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.revenue_schedule (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  project_ref        text,
  period_from        date NOT NULL,
  period_to          date NOT NULL,
  planned            numeric(18,4),
  recognised         numeric(18,4),
  currency           char(3),
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE INDEX project_key ON biz.project (customer_id, opportunity_key) WHERE opportunity_key IS NOT NULL;
CREATE INDEX project_account ON biz.project (customer_id, system_id, account_ref);
CREATE INDEX time_entry_approved ON biz.time_entry (customer_id, approved_at);
CREATE INDEX time_entry_line ON biz.time_entry (customer_id, system_id, invoice_line_ref);
CREATE INDEX time_entry_project ON biz.time_entry (customer_id, system_id, project_ref);
CREATE INDEX invoice_posted ON biz.invoice (customer_id, posted_at);
CREATE INDEX invoice_line_invoice ON biz.invoice_line (customer_id, system_id, invoice_ref);
CREATE INDEX opportunity_won ON biz.opportunity (customer_id, won_at) WHERE is_won;
CREATE INDEX billing_link_object ON biz.billing_link (customer_id, system_id, object_type, object_ref);

-- Append-only history of states: what latency is measured on.
CREATE TABLE biz.state_event (
  customer_id  int NOT NULL,
  system_id    int NOT NULL,
  object_type  text NOT NULL,
  source_id    text NOT NULL,
  field        text NOT NULL,
  at           timestamptz NOT NULL,
  to_value     text NOT NULL,
  from_value   text,
  precision    text NOT NULL CHECK (precision IN ('history', 'field', 'observed')),
  not_before   timestamptz,                         -- observed: the poll before; the truth lies in between
  seen_at      timestamptz NOT NULL,
  PRIMARY KEY (customer_id, system_id, object_type, source_id, field, at, to_value)
) PARTITION BY RANGE (at);

-- Which records of two systems belong together, by which rule, how surely. Below the limit a person decides.
CREATE TABLE biz.xref (
  customer_id      int NOT NULL,
  relation         text NOT NULL CHECK (relation IN ('same_account', 'project_of_opportunity', 'same_invoice', 'same_resource')),
  left_system_id   int NOT NULL,
  left_id          text NOT NULL,
  right_system_id  int NOT NULL,
  right_id         text NOT NULL,
  rule             text NOT NULL,
  confidence       numeric(3,2) NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  valid_from       timestamptz NOT NULL,
  valid_to         timestamptz NOT NULL DEFAULT 'infinity',
  decided_by       text NOT NULL,                   -- a rule's name, or a person
  PRIMARY KEY (customer_id, relation, left_system_id, left_id, right_system_id, right_id, valid_from)
);
CREATE INDEX xref_right ON biz.xref (customer_id, relation, right_system_id, right_id);
