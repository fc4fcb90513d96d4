-- What a reconciliation need not read both sides for: ends of links that began or ended, and the keys that records share.
-- Both ends of a link that began or ended since the last reconciliation; taken away by the one that heeds it.
CREATE TABLE kpi.parity_mark (
  customer_id  int NOT NULL,
  system_id    int NOT NULL,
  object_type  text NOT NULL,
  source_id    text NOT NULL,
  written_by   xid8 NOT NULL DEFAULT pg_current_xact_id(),  -- a mark made meanwhile is another mark
  PRIMARY KEY (customer_id, system_id, object_type, source_id, written_by)
);
-- The keys of records, beside their ids, by which one kind of record is found in two systems.
CREATE TABLE kpi.parity_name (
  customer_id  int NOT NULL,
  flow_id      int NOT NULL,
  is_target    boolean NOT NULL,
  source_id    text NOT NULL,
  name         text NOT NULL,                       -- written the plain way
  PRIMARY KEY (customer_id, flow_id, is_target, source_id, name)
);
CREATE INDEX parity_name_key ON kpi.parity_name (customer_id, flow_id, is_target, name);
