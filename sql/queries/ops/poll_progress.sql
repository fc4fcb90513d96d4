-- Writes what a poll has done so far, in the transaction of the rows it counts.
-- grain:   one row
-- params:  customer_id int; poll_id bigint; pages, rows_new, rows_changed, rows_unchanged, rows_deleted, rows_quarantined int;
--          cursor_after text (json)
-- columns: none
-- source:  the harness
UPDATE ops.poll
SET pages = CAST(:pages AS int),
    rows_new = CAST(:rows_new AS int),
    rows_changed = CAST(:rows_changed AS int),
    rows_unchanged = CAST(:rows_unchanged AS int),
    rows_deleted = CAST(:rows_deleted AS int),
    rows_quarantined = CAST(:rows_quarantined AS int),
    cursor_after = CAST(:cursor_after AS jsonb)
WHERE customer_id = CAST(:customer_id AS int) AND poll_id = CAST(:poll_id AS bigint)
