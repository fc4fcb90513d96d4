-- What the estate file said of these terms when it was applied last; terms that were taken in since stand until a file says something else.
ALTER TABLE ops.terms ADD COLUMN in_file jsonb;
UPDATE ops.terms SET in_file = document;
