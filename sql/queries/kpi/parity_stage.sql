-- Makes the empty lists of one customer's reconciliation; they go with the transaction.
-- grain:   pair: one row per two kinds of record that a flow keeps equal; agreed: one per field of it; mark: one per end of a link that began or ended; wanted: one per
--          record whose links are asked for; link: one per source and target; range_read: one per range of keys that is read; range_now: its
--          checksums; range_changed: one per range that is compared again; home: one per linked target; source_side, target_side: one per record in the ranges
-- params:  none
-- columns: none; makes pg_temp.pair, agreed, mark, wanted, link, range_read, range_now, range_changed, source_side, home, target_side
-- source:  [ours] what holds a row for each record has no key: an index that is filled row by row costs as much as the row, and it is joined by hash
DO $$
BEGIN
  CREATE TEMPORARY TABLE pair (
    flow_id int PRIMARY KEY, source_system_id int NOT NULL, source_type text NOT NULL, target_system_id int NOT NULL, target_type text NOT NULL,
    fields jsonb NOT NULL, read_until timestamptz NOT NULL, deadline_seconds int NOT NULL, calendar_id int, config text NOT NULL,
    relation text, has_keys boolean NOT NULL, is_whole boolean NOT NULL
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE agreed (flow_id int NOT NULL, name text NOT NULL) ON COMMIT DROP;
  CREATE TEMPORARY TABLE mark (system_id int NOT NULL, object_type text NOT NULL, source_id text NOT NULL, written_by xid8 NOT NULL) ON COMMIT DROP;
  CREATE TEMPORARY TABLE wanted (
    flow_id int NOT NULL, is_target boolean NOT NULL, id text NOT NULL, PRIMARY KEY (flow_id, is_target, id)
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE link (
    flow_id int NOT NULL, source_id text NOT NULL, target_id text NOT NULL, match text NOT NULL, rule text NOT NULL, confidence numeric(3,2) NOT NULL,
    range_no int NOT NULL
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE range_read (flow_id int NOT NULL, range_no int NOT NULL, PRIMARY KEY (flow_id, range_no)) ON COMMIT DROP;
  CREATE TEMPORARY TABLE range_now (
    flow_id int NOT NULL, range_no int NOT NULL, source_rows int NOT NULL, source_sum bigint NOT NULL, target_rows int NOT NULL,
    target_sum bigint NOT NULL, link_sum bigint NOT NULL, PRIMARY KEY (flow_id, range_no)
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE range_changed (flow_id int NOT NULL, range_no int NOT NULL, PRIMARY KEY (flow_id, range_no)) ON COMMIT DROP;
  CREATE TEMPORARY TABLE source_side (
    flow_id int NOT NULL, range_no int NOT NULL, source_id text NOT NULL, fields jsonb NOT NULL, amount numeric(18,4), currency text,
    at timestamptz NOT NULL, version_at timestamptz, label text
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE home (
    flow_id int NOT NULL, target_id text NOT NULL, source_id text NOT NULL, range_no int NOT NULL, match text NOT NULL, rule text NOT NULL,
    confidence numeric(3,2) NOT NULL, has_source boolean NOT NULL
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE target_side (
    flow_id int NOT NULL, range_no int NOT NULL, source_id text NOT NULL, fields jsonb NOT NULL, amount numeric(18,4), currency text,
    at timestamptz NOT NULL, version_at timestamptz, gone_at timestamptz NOT NULL, created_at timestamptz, made_at timestamptz NOT NULL, label text,
    of_id text, match text, rule text, confidence numeric(3,2), has_source boolean NOT NULL
  ) ON COMMIT DROP;
END $$
