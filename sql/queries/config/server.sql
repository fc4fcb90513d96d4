-- Which server answers.
-- grain:   one row
-- params:  none
-- columns: said text
-- source:  the server
SELECT 'PostgreSQL ' || current_setting('server_version') || ', ' || pg_size_pretty(pg_database_size(current_database())) AS said
