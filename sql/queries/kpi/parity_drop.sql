-- Removes the lists of one reconciliation, for the next in the same transaction.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.pair, agreed, mark, wanted, link, range_read, range_now, range_changed, source_side, home, target_side
-- source:  [ours]
DROP TABLE pg_temp.pair, pg_temp.agreed, pg_temp.mark, pg_temp.wanted, pg_temp.link, pg_temp.range_read, pg_temp.range_now, pg_temp.range_changed,
  pg_temp.source_side, pg_temp.home, pg_temp.target_side
