-- Whether a text is a condition: a SQL/JSON path that answers yes or no. One that is none is an error of the database.
-- grain:   one row
-- params:  condition text
-- columns: holds boolean (of an empty record; null: unknown)
-- source:  docs/adr/0018-rules.md
SELECT jsonb_path_match_tz('{}', CAST(CAST(:condition AS text) AS jsonpath), '{}', false) AS holds
