-- Makes the empty list of one customer's balances; it goes with the transaction.
-- grain:   one row per metric, local day that has ended and currency
-- params:  none
-- columns: none; makes pg_temp.balance_now
-- source:  [ours]
CREATE TEMPORARY TABLE balance_now (
  metric text NOT NULL, day date NOT NULL, currency text NOT NULL, value numeric(18,4), unknown bigint NOT NULL, sample bigint NOT NULL,
  PRIMARY KEY (metric, day, currency)
) ON COMMIT DROP
