-- Notes who did what.
-- grain:   one row
-- params:  now timestamptz; actor text; partner_id int; action, subject text; detail jsonb
-- columns: none
-- source:  sign-in
INSERT INTO ops.audit (at, actor, partner_id, action, subject, detail)
VALUES (CAST(:now AS timestamptz), CAST(:actor AS text), CAST(:partner_id AS int), CAST(:action AS text),
        CAST(:subject AS text), CAST(:detail AS jsonb))
