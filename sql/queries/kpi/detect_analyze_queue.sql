-- Tells the planner what has just been written to the queue.
-- grain:   one row
-- params:  none
-- columns: none
-- source:  [ours]
SELECT ops.analyze_exceptions()
