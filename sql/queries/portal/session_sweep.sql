-- Forgets sessions that ended by themselves.
-- grain:   any number of rows
-- params:  now, idle_since timestamptz
-- columns: none
-- source:  sign-in
DELETE FROM ops.session
WHERE expires_at <= CAST(:now AS timestamptz) OR seen_at <= CAST(:idle_since AS timestamptz)
