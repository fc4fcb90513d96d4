-- What stocks were worth when each local day ended, and from when to when that was what we knew: a month that was reported can
-- be told again as it was reported. Not a count that can be made anew: what was known then is known by nobody else.
CREATE TABLE ops.balance_day (
  customer_id  int NOT NULL,
  metric       text NOT NULL,                       -- key of the catalogue
  day          date NOT NULL,                       -- the customer's; the balance is that of the day's end
  currency     text NOT NULL,                       -- empty: of what has no currency
  value        numeric(18,4),                       -- null: nothing of it has a value that is known
  unknown      bigint NOT NULL,
  sample       bigint NOT NULL,
  known_from   timestamptz NOT NULL,
  known_to     timestamptz NOT NULL DEFAULT 'infinity',
  PRIMARY KEY (customer_id, metric, day, currency, known_from)
);
CREATE INDEX balance_day_now ON ops.balance_day (customer_id, metric, day) WHERE known_to = 'infinity';
