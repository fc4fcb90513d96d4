-- What came out of trouble for good, each record once; and what has to be known to say whom it owes that to.

-- Who saw the trouble first: we did, unless somebody writes down that the customer told us of it.
ALTER TABLE ops.exception ADD COLUMN found_by text NOT NULL DEFAULT 'us' CHECK (found_by IN ('us', 'customer'));
-- when detection first told of it while it was open; null: it was over when it was first told of, or nobody noted it then
ALTER TABLE ops.exception_occurrence ADD COLUMN found_at timestamptz;
-- what is open now was seen open now, at the latest
UPDATE ops.exception_occurrence SET found_at = now() WHERE cleared_at IS NULL;

-- A record whose trouble ended and was proven to have ended: written once, at the first time; the key is why nothing adds its value twice.
CREATE TABLE kpi.recovered (
  customer_id    int NOT NULL,
  object_type    text NOT NULL,
  system_id      int NOT NULL,
  object_id      text NOT NULL,
  recovered_at   timestamptz NOT NULL,
  found_at       timestamptz NOT NULL,
  exception_id   bigint NOT NULL,                   -- the one that was cleared last
  exception_ids  bigint[] NOT NULL,                 -- all that held it
  flow_id        int,                               -- whose transactions say that it went well; null: the records themselves show it
  amount         numeric(18,4),                     -- null: not known
  currency       char(3),
  is_estimated   boolean NOT NULL,
  PRIMARY KEY (customer_id, object_type, system_id, object_id)
);
CREATE INDEX recovered_time ON kpi.recovered (customer_id, recovered_at);
