-- Digests over several customers for the partner's own people: whose turn it is, and nothing about any customer; what it tells is read when
-- it is sent, from the customers that the person sees then. A plain local queue, as leases are.
CREATE TABLE ops.staff_digest (
  partner_id    int NOT NULL,
  channel       text NOT NULL,
  addressee     text NOT NULL,
  day           date NOT NULL,                      -- in the partner's zone
  since         timestamptz NOT NULL,               -- what it tells of: from here
  until         timestamptz NOT NULL,               -- to here
  state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'dropped', 'dead')),
  not_before    timestamptz NOT NULL,
  attempts      int NOT NULL DEFAULT 0,
  leased_until  timestamptz,
  holder        text,
  error         text,
  PRIMARY KEY (partner_id, channel, addressee, day)
);
GRANT SELECT, INSERT, UPDATE ON ops.staff_digest TO throughline_metrics;
