-- Replaces a password hash: a better hash of the same password, or a new password.
-- grain:   at most one row
-- params:  person_id int; password_hash text
-- columns: none
-- source:  sign-in
UPDATE ops.person SET password_hash = CAST(:password_hash AS text) WHERE person_id = CAST(:person_id AS int)
