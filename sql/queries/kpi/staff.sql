-- Whether this transaction reads for the partner's own people.
-- grain:   one row
-- params:  none
-- columns: is_staff boolean
-- source:  the scope of the connection
SELECT coalesce(current_setting('app.staff', true) = 'on', false) AS is_staff
