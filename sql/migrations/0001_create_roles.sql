-- The roles that bind every reader and writer. Passwords and logins are the operator's (embedded: the supervisor's).
-- Writers bypass policies because INSERT .. SELECT under a policy fails on Citus; readers never do.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['owner', 'collector', 'metrics', 'viewer', 'triage', 'portal'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'throughline_' || role_name) THEN
      EXECUTE format('CREATE ROLE %I', 'throughline_' || role_name);
    END IF;
    IF role_name IN ('collector', 'metrics')
       AND NOT (SELECT rolbypassrls FROM pg_roles WHERE rolname = 'throughline_' || role_name) THEN
      EXECUTE format('ALTER ROLE %I BYPASSRLS', 'throughline_' || role_name);
    END IF;
    IF NOT pg_has_role(current_user, 'throughline_' || role_name, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', 'throughline_' || role_name);
    END IF;
  END LOOP;
END $$;
