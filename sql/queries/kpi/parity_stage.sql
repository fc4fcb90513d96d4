-- Makes the empty lists of one customer's reconciliation; they go with the transaction.
-- grain:   pair: one row per two kinds of record that a flow keeps equal; link: one per source and target; range_now: one per range of keys;
--          range_read: one per range that has to be read again; source_side, target_side: one per record in them
-- params:  none
-- columns: none; makes pg_temp.pair, link, range_now, range_read, source_side, target_side
-- source:  [ours]
DO $$
BEGIN
  CREATE TEMPORARY TABLE pair (
    flow_id int PRIMARY KEY, source_system_id int NOT NULL, source_type text NOT NULL, target_system_id int NOT NULL, target_type text NOT NULL,
    fields jsonb NOT NULL, read_until timestamptz NOT NULL, deadline_seconds int NOT NULL, calendar_id int, config text NOT NULL
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE link (
    flow_id int NOT NULL, source_id text NOT NULL, target_id text NOT NULL, match text NOT NULL, rule text NOT NULL, confidence numeric(3,2) NOT NULL,
    range_no int NOT NULL, PRIMARY KEY (flow_id, source_id, target_id)
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE range_now (
    flow_id int NOT NULL, range_no int NOT NULL, source_rows int NOT NULL, source_sum bigint NOT NULL, target_rows int NOT NULL,
    target_sum bigint NOT NULL, link_sum bigint NOT NULL, PRIMARY KEY (flow_id, range_no)
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE range_read (flow_id int NOT NULL, range_no int NOT NULL, PRIMARY KEY (flow_id, range_no)) ON COMMIT DROP;
  CREATE TEMPORARY TABLE source_side (
    flow_id int NOT NULL, range_no int NOT NULL, source_id text NOT NULL, fields jsonb NOT NULL, amount numeric(18,4), currency text,
    at timestamptz NOT NULL, version_at timestamptz, label text, PRIMARY KEY (flow_id, source_id)
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE target_side (
    flow_id int NOT NULL, range_no int NOT NULL, source_id text NOT NULL, fields jsonb NOT NULL, amount numeric(18,4), currency text,
    at timestamptz NOT NULL, version_at timestamptz, gone_at timestamptz NOT NULL, made_at timestamptz NOT NULL, label text, of_id text, match text,
    rule text, confidence numeric(3,2), PRIMARY KEY (flow_id, source_id)
  ) ON COMMIT DROP;
END $$
