-- Keeps what the words of error texts say.
-- grain:   one row per rule, workflow and text
-- params:  rules, workflows, messages, fingerprints, words, object_types, object_keys text[]
-- columns: none; pg_temp.cause
-- source:  metrics.fingerprint
INSERT INTO pg_temp.cause (rule, workflow, message, fingerprint, words, object_type, object_key)
SELECT v.*
FROM unnest(
  CAST(:rules AS text[]), CAST(:workflows AS text[]), CAST(:messages AS text[]), CAST(:fingerprints AS text[]), CAST(:words AS text[]),
  CAST(:object_types AS text[]), CAST(:object_keys AS text[])) v
