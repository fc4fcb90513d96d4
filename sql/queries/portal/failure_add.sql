-- Notes a failed sign-in under the e-mail and under the address it came from.
-- grain:   one row per subject
-- params:  subjects text[]; now timestamptz
-- columns: none
-- source:  sign-in
INSERT INTO ops.sign_in_failure (subject, at)
SELECT u.subject, CAST(:now AS timestamptz)
FROM unnest(CAST(:subjects AS text[])) AS u (subject)
