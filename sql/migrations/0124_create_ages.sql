-- Durations in whole local days, added up: so many pieces began on this day, ended on that one, and how. What was closed on a day at an age, and
-- what was open at the end of a day at an age, are sums over these rows; a day that passes writes none.
CREATE TABLE kpi.age_cell (
  customer_id  int NOT NULL,
  kind         text NOT NULL,                       -- key of the metric whose clock it is
  project      text NOT NULL,                       -- system and ref; empty: all together
  currency     text NOT NULL,                       -- empty: of what has none
  began_on     date NOT NULL,
  ended_on     date NOT NULL,                       -- infinity: not yet
  cause        smallint NOT NULL CHECK (cause BETWEEN 0 AND 3), -- 1 reached the end, 2 ended otherwise, 0 open, 3 nobody knows
  -- an end that was taken back was one until then: the row counts for what is asked at the ends of days from … to before …
  holds_from   date NOT NULL,
  holds_to     date NOT NULL,
  -- and whoever begins to watch after such an end sees the piece again from the day on which it was taken back
  away_from    date[] NOT NULL,
  away_to      date[] NOT NULL,
  n            bigint NOT NULL,
  n_no_value   bigint NOT NULL,                     -- of those the ones whose amount nobody knows
  amount       numeric NOT NULL,                    -- of those that are worth something
  PRIMARY KEY (customer_id, kind, project, began_on, ended_on, currency, cause, holds_from, holds_to, away_from, away_to)
);

-- Days on which pieces began that are not as they were, to be added up again.
CREATE TABLE kpi.age_dirty (
  customer_id  int NOT NULL,
  kind         text NOT NULL,
  began_on     date NOT NULL,
  PRIMARY KEY (customer_id, kind, began_on)
);
CREATE INDEX work_approved ON kpi.work (customer_id, approved_at);
