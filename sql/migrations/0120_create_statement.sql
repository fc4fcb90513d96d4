-- What was sealed of a month, whole. A later version restates an earlier one and takes nothing away; nobody changes a row or takes one away.
CREATE TABLE ops.statement (
  customer_id  int NOT NULL,
  period       text NOT NULL,                       -- 2026-10
  version      int NOT NULL CHECK (version >= 1),   -- 1: sealed; later ones restate it
  document     bytea NOT NULL,                      -- canonical JSON: the bytes that the hash is of
  sha256       bytea NOT NULL CHECK (sha256 = sha256(document)),
  sealed_at    timestamptz NOT NULL,
  sealed_by    text NOT NULL,
  PRIMARY KEY (customer_id, period, version)
);
