-- What ages of deals, bills and the exception queue are added up from: how long each subject of theirs waited, in days. Work has this in kpi.work.
CREATE TABLE kpi.age_piece (
  customer_id  int NOT NULL,
  kind         text NOT NULL,                       -- key of the metric whose clock it is
  subject      text NOT NULL,                       -- what is told again as a whole: a deal, an exception, the work of a project and month
  project      text NOT NULL,                       -- system and ref; empty: not kept by project
  currency     text NOT NULL,                       -- as in kpi.age_cell, from here on
  began_on     date NOT NULL,
  ended_on     date NOT NULL,
  cause        smallint NOT NULL CHECK (cause BETWEEN 0 AND 3),
  holds_from   date NOT NULL,
  holds_to     date NOT NULL,
  n            bigint NOT NULL,
  n_no_value   bigint NOT NULL,
  amount       numeric NOT NULL,
  PRIMARY KEY (customer_id, kind, subject, project, began_on, ended_on, currency, cause, holds_from, holds_to)
);
CREATE INDEX age_piece_day ON kpi.age_piece (customer_id, kind, began_on);

-- What was seen of a subject when it was told last: it is told again when it looks otherwise.
CREATE TABLE kpi.age_seen (
  customer_id  int NOT NULL,
  source       text NOT NULL,                       -- queue or deals
  subject      text NOT NULL,
  state        text NOT NULL,
  PRIMARY KEY (customer_id, source, subject)
);

-- Subjects that whoever wrote what they are made of says are not as they were.
CREATE TABLE kpi.touched (
  customer_id  int NOT NULL,
  source       text NOT NULL,                       -- bills; or the key of a balance, of which all is drawn again
  subject      text NOT NULL,
  PRIMARY KEY (customer_id, source, subject)
);

CREATE INDEX work_month ON kpi.work (customer_id, system_id, coalesce(project_ref, ''), worked_on);
CREATE INDEX exception_seen ON ops.exception (customer_id, last_seen_at);
CREATE INDEX payment_seen ON biz.payment (customer_id, last_seen_at);
CREATE INDEX invoice_sent ON biz.invoice (customer_id, system_id) WHERE sent_at IS NOT NULL;
