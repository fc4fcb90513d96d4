-- Forgets the failures of a subject that has signed in, and all that are too old to matter.
-- grain:   any number of rows
-- params:  subject text; before timestamptz
-- columns: none
-- source:  sign-in
DELETE FROM ops.sign_in_failure
WHERE subject = CAST(:subject AS text) OR at < CAST(:before AS timestamptz)
