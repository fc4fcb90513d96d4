-- Empties the list of what was found, once all of it is written: days are judged by what the queue holds.
-- grain:   none
-- params:  none
-- columns: none; pg_temp.candidate
-- source:  [ours]
TRUNCATE pg_temp.candidate
