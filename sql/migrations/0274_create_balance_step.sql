-- By how much the end of a day was other than that of the day before, because of one subject: what a balance is drawn from.
CREATE TABLE kpi.balance_step (
  customer_id  int NOT NULL,
  metric       text NOT NULL,                       -- key of the catalogue
  subject      text NOT NULL,                       -- what is told again as a whole: the work of a project and month
  day          date NOT NULL,
  currency     text NOT NULL,                       -- empty: of what has no currency
  value        numeric NOT NULL,
  sample       bigint NOT NULL,
  unknown      bigint NOT NULL,
  PRIMARY KEY (customer_id, metric, subject, day, currency)
);
