-- Lets the joins of this reconciliation hold two sides of a million records each in memory, until the transaction ends.
-- grain:   one row
-- params:  none
-- columns: work_mem text
-- source:  [ours] it is taken only as far as there are records; what does not fit goes to disk and takes half as long again
SELECT set_config('work_mem', '128MB', true) AS work_mem
