-- When a customer's review is due and who gets it, as the estate file says; null: nothing is sent.
ALTER TABLE ops.customer ADD COLUMN review jsonb;

-- The outbox of review packs: one mail per month, version and kind. The message is kept while it is on its way, so that a repeat is the same mail.
CREATE TABLE ops.review_mail (
  customer_id  int NOT NULL,
  period       text NOT NULL,                       -- 2026-10
  version      int NOT NULL CHECK (version >= 0),   -- of the statement; 0: the draft
  kind         text NOT NULL CHECK (kind IN ('draft', 'sealed')),
  state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'overtaken', 'given_up')),
  due_at       timestamptz NOT NULL,
  next_try_at  timestamptz NOT NULL,                -- while somebody is at it: when another may take over
  attempts     int NOT NULL DEFAULT 0,
  message      bytea,                               -- null: not made yet, or gone out
  message_id   text,
  recipients   text[] NOT NULL DEFAULT '{}',
  refused      jsonb,                               -- whom the server did not take, with its word
  error        text,
  sent_at      timestamptz,
  PRIMARY KEY (customer_id, period, version, kind)
);
CREATE INDEX review_mail_waiting ON ops.review_mail (customer_id, next_try_at) WHERE state = 'waiting';
