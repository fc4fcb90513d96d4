-- Work is split by practice as well: of whichever system, a practice of one name is one.

-- The key of the part that a piece of work belongs to: "system ref", a project or account of one system being told from that of another, or " practice";
-- null when it is split by something else, or not at all.
CREATE FUNCTION kpi.work_part(split_by text, system_id int, project_ref text, account_ref text, practice text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE split_by
    WHEN 'project' THEN CAST(system_id AS text) || ' ' || coalesce(project_ref, '')
    WHEN 'account' THEN CAST(system_id AS text) || ' ' || coalesce(account_ref, '')
    WHEN 'system' THEN CAST(system_id AS text) || ' '
    WHEN 'practice' THEN ' ' || coalesce(practice, '')
  END
$$;

-- What people call such a part: its name, else its reference, else that there is none; any other part is called what it is.
CREATE OR REPLACE FUNCTION kpi.part_name(split_by text, part text, name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN split_by IN ('project', 'account', 'system') AND part <> ''
    THEN coalesce(name, nullif(substr(part, strpos(part, ' ') + 1), ''), '(none)')
    WHEN split_by = 'practice' AND part <> '' THEN coalesce(nullif(substr(part, 2), ''), '(no practice)')
    ELSE part
  END
$$;
