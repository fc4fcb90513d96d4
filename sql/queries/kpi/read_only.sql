-- Lets nothing but temporary tables be written from here on in this transaction.
-- grain:   one row
-- params:  none
-- columns: set_config text; pg_temp stays writable
-- source:  PostgreSQL: transaction_read_only, which cannot be taken back once something was read
SELECT set_config('transaction_read_only', 'on', true)
