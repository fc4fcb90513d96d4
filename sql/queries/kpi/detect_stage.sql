-- Makes the empty lists of one pass of detection; they go with the transaction.
-- grain:   candidate: one row per cause and subject; cell: one per flow and hour with trouble that is new; cause: one per error text;
--          touched: one per exception that has changed; looked: one per record that a customer's own rule looks at; rule: one per customer, rule and span in which it is not as the library has it
-- params:  none
-- columns: none; makes pg_temp.candidate, pg_temp.cell, pg_temp.cause, pg_temp.looked, pg_temp.rule, pg_temp.touched
-- source:  [ours]
DO $$
BEGIN
  CREATE TEMPORARY TABLE candidate (
    customer_id int NOT NULL, rule text NOT NULL, class text NOT NULL, fingerprint text, workflow text, flow_id int, flow_name text,
    system_id int, object_type text, object_key text, title text, detail text, severity smallint NOT NULL,
    subject_type text NOT NULL, subject_system_id int NOT NULL, subject_id text NOT NULL, exception_id bigint,
    occurred_at timestamptz NOT NULL, cleared_at timestamptz, amount numeric(18,4), currency char(3), message text
  ) ON COMMIT DROP;
  CREATE INDEX candidate_subject ON pg_temp.candidate (customer_id, subject_type, subject_system_id, subject_id);
  CREATE TEMPORARY TABLE cell (customer_id int NOT NULL, flow_id int NOT NULL, hour timestamptz NOT NULL, counts text) ON COMMIT DROP;
  CREATE TEMPORARY TABLE cause (
    rule text NOT NULL, workflow text NOT NULL, message text NOT NULL, fingerprint text NOT NULL, words text NOT NULL,
    object_type text, object_key text
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE rule (
    customer_id int NOT NULL, rule text NOT NULL, valid_from timestamptz NOT NULL, valid_to timestamptz NOT NULL, is_enabled boolean NOT NULL,
    severity smallint, days int, owner text
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE looked (
    customer_id int NOT NULL, rule text NOT NULL, subject_type text NOT NULL, subject_system_id int NOT NULL, subject_id text NOT NULL,
    PRIMARY KEY (customer_id, rule, subject_type, subject_system_id, subject_id)
  ) ON COMMIT DROP;
  CREATE TEMPORARY TABLE touched (customer_id int NOT NULL, exception_id bigint NOT NULL, PRIMARY KEY (customer_id, exception_id)) ON COMMIT DROP;
END $$
