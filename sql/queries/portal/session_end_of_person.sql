-- Ends every session of a person.
-- grain:   any number of rows
-- params:  person_id int
-- columns: none
-- source:  sign-in
DELETE FROM ops.session WHERE person_id = CAST(:person_id AS int)
