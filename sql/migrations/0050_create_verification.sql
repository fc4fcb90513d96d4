-- What runs claim to have written, beside what both systems hold; and the same records of two systems, side by side.

-- A key as everybody writes it: without case, margins and the name of the system before it ("crm:OPP-7" is OPP-7).
CREATE FUNCTION kpi.plain_key(key text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT nullif(upper(regexp_replace(trim(key), '^[[:alpha:]]+:\s*', '')), '')
$$;

-- The agreed fields in which two records differ beyond their tolerance, each with both values; null: in none.
-- A field that one side does not hold is not compared, nor are amounts in two currencies: the currency differs then.
CREATE FUNCTION kpi.differing(source jsonb, target jsonb, fields jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_object_agg(d.name, jsonb_build_array(source -> d.name, target -> d.name))
  FROM (
    SELECT f ->> 'name' AS name, f ->> 'kind' AS kind, CAST(f ->> 'tolerance' AS numeric) AS tolerance
    FROM jsonb_array_elements(fields) e (f)
  ) d
  WHERE source ->> d.name IS NOT NULL AND target ->> d.name IS NOT NULL
    AND CASE d.kind
      WHEN 'amount' THEN coalesce(source ->> 'currency' = target ->> 'currency', true)
        AND abs(CAST(source ->> d.name AS numeric) - CAST(target ->> d.name AS numeric)) > d.tolerance
      WHEN 'text' THEN trim(regexp_replace(lower(normalize(source ->> d.name, NFKC)), '(\W|_)+', ' ', 'g'))
        <> trim(regexp_replace(lower(normalize(target ->> d.name, NFKC)), '(\W|_)+', ' ', 'g'))
      ELSE source ->> d.name <> target ->> d.name
    END
$$;

-- One row per record that a transaction claims to have written, or says that it could not; and per record in the target that no run claims.
CREATE TABLE kpi.verification (
  customer_id       int NOT NULL,
  flow_id           int NOT NULL,
  due_at            timestamptz NOT NULL,           -- the transaction's; unclaimed: when the record was made
  run_system_id     int NOT NULL,                   -- unclaimed: the system that holds it
  transaction_key   text NOT NULL,                  -- unclaimed: empty
  object_type       text NOT NULL,                  -- as the log calls it
  source_key        text NOT NULL,                  -- as the log calls it; unclaimed: the record itself
  external_id       text NOT NULL,                  -- the run that says so
  claimed_at        timestamptz NOT NULL,
  record_key        text NOT NULL,                  -- which record it is about: several claims may be about one
  verdict           text NOT NULL CHECK (verdict IN ('confirmed', 'missing', 'stale', 'different', 'duplicate', 'unclaimed', 'not_checked',
                                                     'refused', 'waiting')),
  reason            text,                           -- why it was not checked
  broken_at         timestamptz,                    -- since when it is as it is, in the time of the systems
  source_type       text,
  source_system_id  int,
  source_id         text,
  target_type       text,
  target_system_id  int,
  target_key        text,                           -- the target that the log names, written the plain way
  target_id         text,
  other_ids         text[] NOT NULL DEFAULT '{}',   -- the targets beyond the first
  differing         jsonb,                          -- field: [source, target]
  amount            numeric(18,4),
  currency          char(3),
  label             text,
  checked_at        timestamptz NOT NULL,
  PRIMARY KEY (customer_id, flow_id, due_at, run_system_id, transaction_key, object_type, source_key)
);
CREATE INDEX verification_due ON kpi.verification (customer_id, due_at);
CREATE INDEX verification_run ON kpi.verification (customer_id, run_system_id, external_id);
CREATE INDEX verification_record ON kpi.verification (customer_id, record_key);
CREATE INDEX verification_source ON kpi.verification (customer_id, source_system_id, source_type, source_id);
CREATE INDEX verification_target ON kpi.verification (customer_id, target_system_id, target_type, target_id);
CREATE INDEX verification_told ON kpi.verification (customer_id, target_system_id, target_type, target_key);
CREATE INDEX verification_open ON kpi.verification (customer_id, verdict) WHERE verdict IN ('not_checked', 'waiting', 'duplicate');

-- How each flow was verified: which records of which systems, up to when both had been read.
CREATE TABLE kpi.verified_flow (
  customer_id       int NOT NULL,
  flow_id           int NOT NULL,
  object_type       text NOT NULL,                  -- as the log calls it
  source_type       text NOT NULL,
  source_system_id  int,
  target_type       text NOT NULL,
  target_system_id  int NOT NULL,
  read_until        timestamptz NOT NULL,           -- both systems; the cut-off is this less the promise
  cut_off           timestamptz NOT NULL,
  first_claim_at    timestamptz,
  config            text NOT NULL,                  -- what the verdicts hang on besides the records
  looked_at         timestamptz NOT NULL,
  PRIMARY KEY (customer_id, flow_id, object_type)
);

-- Records of two systems side by side: one row per record of either that has to be in both.
CREATE TABLE kpi.parity (
  customer_id       int NOT NULL,
  flow_id           int NOT NULL,
  range_no          int NOT NULL,
  source_id         text NOT NULL,                  -- empty: only the target has it
  target_id         text NOT NULL,                  -- empty: only the source has it
  cell              text NOT NULL CHECK (cell IN ('equal', 'different', 'source_only', 'target_only', 'unsure', 'waiting')),
  source_type       text NOT NULL,
  target_type       text NOT NULL,
  source_system_id  int NOT NULL,
  target_system_id  int NOT NULL,
  match             text CHECK (match IN ('automatic', 'suggested', 'manual')),
  rule              text,
  confidence        numeric(3,2),
  differing         jsonb,
  source_amount     numeric(18,4),
  target_amount     numeric(18,4),
  source_currency   char(3),
  target_currency   char(3),
  at                timestamptz NOT NULL,           -- when the record came about: won, issued, made
  broken_at         timestamptz,
  label             text,
  PRIMARY KEY (customer_id, flow_id, range_no, source_id, target_id)
);
CREATE INDEX parity_at ON kpi.parity (customer_id, at);

-- Checksums of both sides by range of keys: a range whose sums have not changed is not read again.
CREATE TABLE kpi.parity_range (
  customer_id  int NOT NULL,
  flow_id      int NOT NULL,
  range_no     int NOT NULL,
  source_rows  int NOT NULL,
  source_sum   bigint NOT NULL,
  target_rows  int NOT NULL,
  target_sum   bigint NOT NULL,
  link_sum     bigint NOT NULL,
  next_at      timestamptz,                         -- when both must have been read so far that time alone decides something
  config       text NOT NULL,
  PRIMARY KEY (customer_id, flow_id, range_no)
);

-- What was written lately is found by block, not by row: it costs the write path next to nothing.
CREATE INDEX run_seen ON raw.run USING brin (last_seen_at) WITH (autosummarize = on);
CREATE INDEX run_item_seen ON raw.run_item USING brin (last_seen_at) WITH (autosummarize = on);
