-- Work of no project is called that wherever it is split by project, as it is by practice: "(none)" said nothing beside an account without a name.

-- What people call a part of work: its name, else its reference, else that there is none; any other part is called what it is.
CREATE OR REPLACE FUNCTION kpi.part_name(split_by text, part text, name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN split_by IN ('project', 'account', 'system') AND part <> ''
    THEN coalesce(name, nullif(substr(part, strpos(part, ' ') + 1), ''), CASE split_by WHEN 'project' THEN '(no project)' ELSE '(none)' END)
    WHEN split_by = 'practice' AND part <> '' THEN coalesce(nullif(substr(part, 2), ''), '(no practice)')
    ELSE part
  END
$$;
