-- Tells the planner about the tables that have grown by half since it was told last.
-- grain:   one row
-- params:  none
-- columns: tables int
-- source:  [ours] ops.analyze_grown
SELECT ops.analyze_grown() AS tables
