-- Counted facts: everything here can be dropped and counted again from raw and biz.
CREATE SCHEMA kpi;

-- The instant a reader looks from: what happened later has not happened yet.
CREATE FUNCTION kpi.as_of() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(CAST(nullif(current_setting('app.as_of', true), '') AS timestamptz), now())
$$;

-- The instant of a local wall time. A time that clocks skip is taken as if they had not moved yet (02:30 becomes 03:30), a time
-- that comes twice is its first. Source: the same rule as github.com/zendesk/biz.
CREATE FUNCTION kpi.instant(wall timestamp, zone text) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN (((wall - interval '1 day') AT TIME ZONE zone) + interval '24 hours') AT TIME ZONE zone = wall
    THEN least(wall AT TIME ZONE zone, ((wall - interval '1 day') AT TIME ZONE zone) + interval '24 hours')
    ELSE wall AT TIME ZONE zone
  END
$$;

-- Log buckets of 1 % relative error: bucket k holds (γ^(k-1), γ^k], γ = 1.01 / 0.99; its middle is 2γ^k / (γ + 1).
-- Source: DDSketch (Masson, Rim, Lee: VLDB 2019).
CREATE FUNCTION kpi.bucket(amount double precision) RETURNS smallint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CAST(ceil(ln(amount) / 0.020000666706669435) AS smallint)
$$;
CREATE FUNCTION kpi.bucket_middle(bucket int) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT 0.99 * exp(bucket * 0.020000666706669435)
$$;

-- Wilson's interval of a share, 95 % unless another z is given; null when nothing was counted.
-- Source: Newcombe, Statistics in Medicine 17 (1998), method 3.
CREATE FUNCTION kpi.wilson_low(k double precision, n double precision, z double precision DEFAULT 1.959963984540054)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN n > 0 THEN greatest(0, (k + z * z / 2 - z * sqrt(k * (n - k) / n + z * z / 4)) / (n + z * z)) END
$$;
CREATE FUNCTION kpi.wilson_high(k double precision, n double precision, z double precision DEFAULT 1.959963984540054)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN n > 0 THEN least(1, (k + z * z / 2 + z * sqrt(k * (n - k) / n + z * z / 4)) / (n + z * z)) END
$$;

-- Logical transactions by the local hour in which they were due. Outcome classes: see view kpi.transaction.
CREATE TABLE kpi.flow_hour (
  customer_id           int NOT NULL,
  hour                  timestamptz NOT NULL,       -- local hour of the customer, as an instant
  flow_id               int NOT NULL,
  n_s1                  int NOT NULL,
  n_s2                  int NOT NULL,
  n_s3                  int NOT NULL,
  n_failed              int NOT NULL,
  n_open                int NOT NULL,
  n_overdue             int NOT NULL,
  n_missed              int NOT NULL,
  n_void                int NOT NULL,
  n_unknown             int NOT NULL,
  n_attempted           int NOT NULL,
  attempts              int NOT NULL,
  records_ok            bigint NOT NULL,
  records_bad           bigint NOT NULL,
  n_records_unknown     int NOT NULL,
  n_latency_within      int NOT NULL,
  n_latency_zero        int NOT NULL,               -- zero or negative: the clocks of two systems disagree
  n_latency_infinite    int NOT NULL,
  n_latency_unknown     int NOT NULL,
  n_duration_within     int NOT NULL,
  n_duration_zero       int NOT NULL,
  n_duration_infinite   int NOT NULL,
  n_duration_unknown    int NOT NULL,
  latency_bucket        smallint[],                 -- sparse histogram beside its counts; null: nothing measured
  latency_n             int[],
  duration_bucket       smallint[],
  duration_n            int[],
  next_decision_at      timestamptz,                -- when time alone changes this cell
  PRIMARY KEY (customer_id, hour, flow_id)
) WITH (fillfactor = 85);
CREATE INDEX flow_hour_next ON kpi.flow_hour (customer_id, next_decision_at) WHERE next_decision_at IS NOT NULL;

-- The same by local day: what most questions read.
CREATE TABLE kpi.flow_day (
  customer_id           int NOT NULL,
  starts_at             timestamptz NOT NULL,       -- the local midnight that opens the day
  flow_id               int NOT NULL,
  day                   date NOT NULL,
  ends_at               timestamptz NOT NULL,       -- the next one: 23, 24 or 25 hours later
  n_s1                  int NOT NULL,
  n_s2                  int NOT NULL,
  n_s3                  int NOT NULL,
  n_failed              int NOT NULL,
  n_open                int NOT NULL,
  n_overdue             int NOT NULL,
  n_missed              int NOT NULL,
  n_void                int NOT NULL,
  n_unknown             int NOT NULL,
  n_attempted           int NOT NULL,
  attempts              int NOT NULL,
  records_ok            bigint NOT NULL,
  records_bad           bigint NOT NULL,
  n_records_unknown     int NOT NULL,
  n_latency_within      int NOT NULL,
  n_latency_zero        int NOT NULL,
  n_latency_infinite    int NOT NULL,
  n_latency_unknown     int NOT NULL,
  n_duration_within     int NOT NULL,
  n_duration_zero       int NOT NULL,
  n_duration_infinite   int NOT NULL,
  n_duration_unknown    int NOT NULL,
  latency_bucket        smallint[],
  latency_n             int[],
  duration_bucket       smallint[],
  duration_n            int[],
  PRIMARY KEY (customer_id, starts_at, flow_id)
) WITH (fillfactor = 85);

-- Value of the transactions that carry an amount, by the hour they were due.
CREATE TABLE kpi.flow_hour_money (
  customer_id      int NOT NULL,
  hour             timestamptz NOT NULL,
  flow_id          int NOT NULL,
  currency         char(3) NOT NULL,
  n_valid          int NOT NULL,
  n_unknown        int NOT NULL,
  amount_good      numeric(18,4) NOT NULL,
  amount_bad       numeric(18,4) NOT NULL,
  amount_open      numeric(18,4) NOT NULL,
  amount_unknown   numeric(18,4) NOT NULL,
  PRIMARY KEY (customer_id, hour, flow_id, currency)
);

-- Transactions of one cell by the hour in which they finished: throughput is counted by that hour, and still
-- belongs to the cell that is counted again.
CREATE TABLE kpi.flow_hour_finished (
  customer_id    int NOT NULL,
  finished_hour  timestamptz NOT NULL,              -- local hour of the customer, as an instant
  flow_id        int NOT NULL,
  hour           timestamptz NOT NULL,              -- the cell: the hour in which they were due
  n              int NOT NULL,
  records_ok     bigint NOT NULL,
  PRIMARY KEY (customer_id, finished_hour, flow_id, hour)
);
CREATE INDEX flow_hour_finished_cell ON kpi.flow_hour_finished (customer_id, flow_id, hour);

-- Scheduled flows: what was promised when the slots were written down, and how many there are. A promise that differs
-- from its row here has its slots written anew.
CREATE TABLE kpi.schedule (
  customer_id   int NOT NULL,
  flow_id       int NOT NULL,
  valid_from    timestamptz NOT NULL,
  valid_to      timestamptz NOT NULL,
  slot_seconds  int NOT NULL,
  deadline_seconds int,                             -- null: in a calendar's open time
  next_slot     int NOT NULL,                       -- number of the first slot not written down yet, from valid_from on
  PRIMARY KEY (customer_id, flow_id, valid_from)
);
CREATE TABLE kpi.slot (
  customer_id  int NOT NULL,
  flow_id      int NOT NULL,
  due_at       timestamptz NOT NULL,
  attempt_by   timestamptz NOT NULL,                -- until when a run serves it: its deadline, or the next slot
  PRIMARY KEY (customer_id, flow_id, due_at)
);

-- What has been read of each stream: the union of the windows of its complete polls. Holes stay holes.
CREATE TABLE kpi.stream_read (
  customer_id    int NOT NULL,
  system_id      int NOT NULL,
  stream         text NOT NULL,
  object         text NOT NULL,                     -- run, invoice, …
  windows        tstzmultirange NOT NULL,
  counted_until  timestamptz NOT NULL,              -- polls that finished later are not in it yet
  PRIMARY KEY (customer_id, system_id, stream)
);
CREATE INDEX poll_finished ON ops.poll (customer_id, system_id, stream, finished_at) WHERE outcome = 'complete';

-- Business time for one pair of instants; views do the same with joins, because Citus cannot carry these to its workers.
-- Open seconds between two instants; null when the calendar's windows do not reach that far.
CREATE FUNCTION kpi.business_seconds(customer int, calendar int, since timestamptz, until timestamptz)
RETURNS double precision LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN since <= until AND until <= (SELECT max(w.closes_at) FROM ops.calendar_window w
                                      WHERE w.customer_id = customer AND w.calendar_id = calendar)
    THEN coalesce(b.seconds, 0) - coalesce(a.seconds, 0)
  END
  FROM (SELECT 1) one
  LEFT JOIN LATERAL (
    SELECT CAST(w.seconds_before + extract(epoch FROM least(since, w.closes_at) - w.opens_at) AS double precision) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = customer AND w.calendar_id = calendar AND w.opens_at <= since
    ORDER BY w.opens_at DESC LIMIT 1
  ) a ON true
  LEFT JOIN LATERAL (
    SELECT CAST(w.seconds_before + extract(epoch FROM least(until, w.closes_at) - w.opens_at) AS double precision) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = customer AND w.calendar_id = calendar AND w.opens_at <= until
    ORDER BY w.opens_at DESC LIMIT 1
  ) b ON true
$$;
-- When a number of open seconds after an instant has passed; null when the calendar's windows do not reach that far.
CREATE FUNCTION kpi.business_deadline(customer int, calendar int, since timestamptz, seconds double precision)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN u.at <= u.closes_at THEN u.at END
  FROM (SELECT 1) one
  LEFT JOIN LATERAL (
    SELECT CAST(w.seconds_before + extract(epoch FROM least(since, w.closes_at) - w.opens_at) AS double precision) AS seconds
    FROM ops.calendar_window w
    WHERE w.customer_id = customer AND w.calendar_id = calendar AND w.opens_at <= since
    ORDER BY w.opens_at DESC LIMIT 1
  ) a ON true
  LEFT JOIN LATERAL (
    SELECT w.opens_at + make_interval(secs => coalesce(a.seconds, 0) + business_deadline.seconds - w.seconds_before) AS at, w.closes_at
    FROM ops.calendar_window w
    WHERE w.customer_id = customer AND w.calendar_id = calendar
      AND w.seconds_before < coalesce(a.seconds, 0) + business_deadline.seconds
    ORDER BY w.seconds_before DESC LIMIT 1
  ) u ON true
$$;
-- A business deadline is found by the open seconds before it.
CREATE INDEX calendar_window_seconds ON ops.calendar_window (customer_id, calendar_id, seconds_before);
-- Which object a poll read (run, invoice, …): the coverage of a figure follows from it. Null: the stream is called after it.
ALTER TABLE ops.poll ADD COLUMN object text;
