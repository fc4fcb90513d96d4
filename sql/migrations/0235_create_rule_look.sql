-- When each rule looked at a customer's records last, and as it was set then: what was not written since need not be looked at again.
CREATE TABLE kpi.rule_look (
  customer_id  int NOT NULL,
  rule         text NOT NULL,                       -- of the customer's own; 'house': all rules of the house
  setting      text NOT NULL,                       -- a hash of how it was set
  looked_at    timestamptz NOT NULL,
  PRIMARY KEY (customer_id, rule)
);
