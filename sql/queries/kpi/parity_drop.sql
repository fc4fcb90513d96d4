-- Removes the lists of one reconciliation, for the next in the same transaction.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.pair, link, range_now, range_read
-- source:  [ours]
DROP TABLE pg_temp.pair, pg_temp.link, pg_temp.range_now, pg_temp.range_read
