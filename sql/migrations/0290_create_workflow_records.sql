-- Records that workflows begin and end with: leads, quotes, change orders and the budgets they become; billing schedules; suppliers' bills and
-- payrolls and the project costs they become; support tickets. And the fields by which deals and tasks say what they were made of.

CREATE TABLE biz.lead (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  account_ref        text,
  number             text,
  name               text,                          -- of the firm or the matter; no person is needed
  state              text NOT NULL CHECK (state IN ('open', 'qualified', 'converted', 'disqualified', 'unknown')),
  amount             numeric(18,4),
  currency           char(3),
  created_at         timestamptz,
  qualified_at       timestamptz,
  disqualified_at    timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.quote (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  account_ref        text,
  number             text,
  name               text,
  state              text NOT NULL CHECK (state IN ('draft', 'sent', 'accepted', 'rejected', 'expired', 'cancelled', 'unknown')),
  amount             numeric(18,4),                 -- net
  currency           char(3),
  created_at         timestamptz,
  accepted_at        timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- What was agreed beyond, or taken back from, what a project was sold as.
CREATE TABLE biz.change_order (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  project_ref        text,
  number             text,
  name               text,
  state              text NOT NULL CHECK (state IN ('draft', 'sent', 'accepted', 'rejected', 'expired', 'cancelled', 'unknown')),
  amount             numeric(18,4),                 -- net; below 0: less work
  currency           char(3),
  created_at         timestamptz,
  accepted_at        timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- What a project was granted, one grant a row, and the quote or change order that it comes from.
CREATE TABLE biz.budget (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  project_ref        text NOT NULL,
  origin_type        text CHECK (origin_type IN ('quote', 'change_order')),
  origin_key         text,                          -- the number that it has everywhere, or its id in this system
  amount             numeric(18,4),
  currency           char(3),
  created_at         timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- What has to be billed on a day that the contract names: one date of a schedule, of a retainer, or of metered usage.
CREATE TABLE biz.billing_schedule (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  contract_ref       text,
  project_ref        text,
  kind               text NOT NULL CHECK (kind IN ('fixed', 'retainer', 'usage')),
  due_on             date NOT NULL,
  period_from        date,
  period_to          date,                          -- the last day of it
  amount             numeric(18,4),
  currency           char(3),
  invoice_line_ref   text,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- A supplier's bill; where one bill is for several projects, one of its lines.
CREATE TABLE biz.supplier_bill (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  supplier_ref       text,
  purchase_order_ref text,
  project_ref        text,                          -- null: it was bought for no project
  number             text,                          -- ours, not the supplier's
  state              text NOT NULL CHECK (state IN ('draft', 'posted', 'paid', 'void', 'unknown')),
  amount             numeric(18,4),                 -- net
  currency           char(3),
  issued_on          date,
  posted_at          timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- A payroll as a whole: nobody's pay is read.
CREATE TABLE biz.payroll_run (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  number             text,
  period_from        date,
  period_to          date,                          -- the last day of it
  state              text NOT NULL CHECK (state IN ('draft', 'posted', 'void', 'unknown')),
  amount             numeric(18,4),                 -- the labour cost that belongs on projects; null: nobody says how much of it
  currency           char(3),
  posted_at          timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- What was posted to a project's costs, and the bill or payroll that it comes from.
CREATE TABLE biz.project_cost (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  project_ref        text NOT NULL,
  origin_type        text CHECK (origin_type IN ('supplier_bill', 'payroll_run')),
  origin_key         text,                          -- the number that it has everywhere, or its id in this system
  amount             numeric(18,4),
  currency           char(3),
  posted_at          timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

CREATE TABLE biz.support_ticket (
  customer_id        int NOT NULL,
  system_id          int NOT NULL,
  source_id          text NOT NULL,
  account_ref        text,
  number             text,
  name               text,
  state              text NOT NULL CHECK (state IN ('open', 'solved', 'cancelled', 'unknown')),
  is_billable        boolean NOT NULL,
  created_at         timestamptz,
  source_updated_at  timestamptz,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,          -- when we last saw it new or changed
  deleted_at         timestamptz,
  deleted_how        text CHECK (deleted_how IN ('log', 'feed', 'status', 'absence')),
  PRIMARY KEY (customer_id, system_id, source_id)
);

-- the lead, or the ticket, that it was made of: the number that it has everywhere, or its id in this system
ALTER TABLE biz.opportunity ADD COLUMN lead_key text;
ALTER TABLE biz.task ADD COLUMN ticket_key text;
ALTER TABLE biz.task ADD COLUMN created_at timestamptz;

CREATE INDEX lead_seen ON biz.lead (customer_id, last_seen_at);
CREATE INDEX quote_seen ON biz.quote (customer_id, last_seen_at);
CREATE INDEX change_order_seen ON biz.change_order (customer_id, last_seen_at);
CREATE INDEX budget_seen ON biz.budget (customer_id, last_seen_at);
CREATE INDEX billing_schedule_seen ON biz.billing_schedule (customer_id, last_seen_at);
CREATE INDEX supplier_bill_seen ON biz.supplier_bill (customer_id, last_seen_at);
CREATE INDEX payroll_run_seen ON biz.payroll_run (customer_id, last_seen_at);
CREATE INDEX project_cost_seen ON biz.project_cost (customer_id, last_seen_at);
CREATE INDEX support_ticket_seen ON biz.support_ticket (customer_id, last_seen_at);
CREATE INDEX billing_schedule_contract ON biz.billing_schedule (customer_id, system_id, contract_ref);
CREATE INDEX opportunity_lead ON biz.opportunity (customer_id) WHERE lead_key IS NOT NULL;
CREATE INDEX task_ticket ON biz.task (customer_id) WHERE ticket_key IS NOT NULL;
