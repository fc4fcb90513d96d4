-- Billable work with the moments of its life, worked out once when it changes and read many times, from any instant.
CREATE TABLE kpi.work (
  customer_id          int NOT NULL,
  system_id            int NOT NULL,
  item_type            text NOT NULL CHECK (item_type IN ('time_entry', 'expense')),
  item_id              text NOT NULL,
  project_ref          text,
  account_ref          text,                        -- the project's, after merges
  worked_on            date NOT NULL,
  hours                numeric(18,6) NOT NULL,
  amount               numeric(18,4),               -- null: the rate or the currency is not known
  currency             char(3),
  value_basis          text NOT NULL CHECK (value_basis IN ('exact', 'estimated', 'unknown')),
  opens_at             timestamptz NOT NULL,        -- when it was there to be billed; below, infinity stands for never
  submitted_at         timestamptz NOT NULL,
  approved_at          timestamptz NOT NULL,
  approval_precision   text,
  is_approval_unknown  boolean NOT NULL,
  leaves_at            timestamptz NOT NULL,
  left_how             text CHECK (left_how IN ('written_off', 'not_billable', 'deleted')),
  settled_at           timestamptz NOT NULL,        -- since when it is billed as a whole, or gone, for good as far as we know
  phase                text[] NOT NULL DEFAULT '{}',-- where it stood with which bill, from when to when, with which share of it
  phase_from           timestamptz[] NOT NULL DEFAULT '{}',
  phase_to             timestamptz[] NOT NULL DEFAULT '{}',
  phase_share          numeric[] NOT NULL DEFAULT '{}',
  phase_invoice        text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (customer_id, system_id, item_type, item_id)
);
CREATE INDEX work_unsettled ON kpi.work (customer_id, settled_at);

-- What each task of ours has worked through of what a customer's collectors have written: by poll, not by clock.
CREATE TABLE kpi.worked_through (
  customer_id  int NOT NULL,
  task         text NOT NULL,
  poll_floor   bigint NOT NULL,                     -- every poll up to this one
  done         text[] NOT NULL,                     -- and these later ones, replays, zone and version
  PRIMARY KEY (customer_id, task)
);

CREATE INDEX time_entry_seen ON biz.time_entry (customer_id, last_seen_at);
CREATE INDEX expense_seen ON biz.expense (customer_id, last_seen_at);
CREATE INDEX invoice_seen ON biz.invoice (customer_id, last_seen_at);
CREATE INDEX invoice_line_seen ON biz.invoice_line (customer_id, last_seen_at);
CREATE INDEX billing_link_seen ON biz.billing_link (customer_id, last_seen_at);
CREATE INDEX billing_link_line ON biz.billing_link (customer_id, system_id, invoice_line_ref);
CREATE INDEX expense_line ON biz.expense (customer_id, system_id, invoice_line_ref) WHERE invoice_line_ref IS NOT NULL;
CREATE INDEX project_seen ON biz.project (customer_id, last_seen_at);
CREATE INDEX account_seen ON biz.account (customer_id, last_seen_at);
CREATE INDEX invoice_credits ON biz.invoice (customer_id, system_id, credits_ref) WHERE credits_ref IS NOT NULL;
CREATE INDEX opportunity_seen ON biz.opportunity (customer_id, last_seen_at);
