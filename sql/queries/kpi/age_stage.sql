-- Makes the empty list of one customer's ages of some days; it goes with the transaction.
-- grain:   one row per cell, as kpi.age_cell
-- params:  none
-- columns: none; makes pg_temp.age_now
-- source:  [ours]
CREATE TEMPORARY TABLE age_now (
  kind text NOT NULL, project text NOT NULL, currency text NOT NULL, began_on date NOT NULL, ended_on date NOT NULL, cause smallint NOT NULL,
  holds_from date NOT NULL, holds_to date NOT NULL, away_from date[] NOT NULL, away_to date[] NOT NULL, n bigint NOT NULL, n_no_value bigint NOT NULL, amount numeric NOT NULL
) ON COMMIT DROP
