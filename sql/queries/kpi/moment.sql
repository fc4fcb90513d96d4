-- From which instant this transaction looks.
-- grain:   one row
-- params:  none
-- columns: asked timestamptz (what the scope says; null: now); now timestamptz
-- source:  the scope of the connection
SELECT CAST(nullif(current_setting('app.as_of', true), '') AS timestamptz) AS asked, now() AS now
