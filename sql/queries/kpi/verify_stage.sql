-- Makes the empty lists of one customer's verification; they go with the transaction.
-- grain:   flow_rule: one row per flow and object type that a rule speaks of; claim_key: one per claim to look at again; claim: the same with
--          what is known of it; name_of: one per record and key by which it may be called; found: one per claim and target; target_seen: one
--          per record that may be unclaimed; link_was: one per link that the log said before
-- params:  none
-- columns: none; makes pg_temp.flow_rule, claim_key, claim, name_of, found, target_seen, link_was
-- source:  [ours]
DO $$
BEGIN
  CREATE TEMPORARY TABLE flow_rule (
    flow_id int NOT NULL, object_type text NOT NULL, source_type text NOT NULL, source_system_id int, target_type text NOT NULL,
    target_system_id int NOT NULL, fields jsonb NOT NULL, read_until timestamptz NOT NULL, windows tstzmultirange NOT NULL,
    run_windows tstzmultirange NOT NULL, cut_off timestamptz NOT NULL, config text NOT NULL,
    is_made boolean NOT NULL, is_changed boolean NOT NULL,
    looked_at timestamptz, PRIMARY KEY (flow_id, object_type)
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE claim_key (
    flow_id int NOT NULL, due_at timestamptz NOT NULL, run_system_id int NOT NULL, transaction_key text NOT NULL, object_type text NOT NULL,
    source_key text NOT NULL, PRIMARY KEY (flow_id, due_at, run_system_id, transaction_key, object_type, source_key)
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE claim (
    n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, flow_id int NOT NULL, due_at timestamptz NOT NULL, run_system_id int NOT NULL,
    transaction_key text NOT NULL, object_type text NOT NULL, source_key text NOT NULL, external_id text NOT NULL, plain_key text,
    target_key text, is_written boolean NOT NULL, claimed_at timestamptz NOT NULL, amount numeric(18,4), currency char(3),
    source_type text, source_system_id int, source_id text, target_type text, target_system_id int
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE name_of (
    system_id int NOT NULL, object_type text NOT NULL, source_id text NOT NULL, name text NOT NULL, how text NOT NULL
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE link_was (
    source_system_id int NOT NULL, source_type text NOT NULL, source_id text NOT NULL, target_system_id int NOT NULL, target_type text NOT NULL,
    target_id text NOT NULL
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE found (n int NOT NULL, target_id text NOT NULL, how text NOT NULL) ON COMMIT DROP;
  CREATE TEMPORARY TABLE target_seen (
    system_id int NOT NULL, object_type text NOT NULL, source_id text NOT NULL, PRIMARY KEY (system_id, object_type, source_id)
  ) ON COMMIT DROP;
END $$
