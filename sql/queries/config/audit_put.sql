-- Appends one act to the audit.
-- grain:   one row
-- params:  at timestamptz; actor, action, subject text; detail jsonb
-- columns: none
-- source:  configuration
INSERT INTO ops.audit (at, actor, action, subject, detail)
VALUES (CAST(:at AS timestamptz), CAST(:actor AS text), CAST(:action AS text), CAST(:subject AS text), CAST(:detail AS jsonb))
