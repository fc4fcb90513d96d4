-- Takes every customer from a person.
-- grain:   any number of rows
-- params:  person_id int
-- columns: none
-- source:  configuration
DELETE FROM ops.person_customer WHERE person_id = CAST(:person_id AS int)
