-- A table's columns and primary key, from the catalog.
-- grain:   one row per column, in order
-- params:  name text (schema.table)
-- columns: name, full_type, copy_type text; required bool; key_position int (null: not in the key);
--          nullable bool
-- source:  pg_attribute, pg_constraint
SELECT
  a.attname AS name,
  format_type(a.atttypid, a.atttypmod) AS full_type,
  t.typname AS copy_type,
  a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS required,
  array_position(k.conkey, a.attnum) AS key_position,
  NOT a.attnotnull AS nullable
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'p'
WHERE a.attrelid = to_regclass(CAST(:name AS text)) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
