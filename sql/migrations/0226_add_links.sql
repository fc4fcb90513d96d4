-- Addresses of records in the system itself, by kind of record: what a person opens, so viewers may read it (and not the options beside it).
ALTER TABLE ops.system ADD COLUMN links jsonb NOT NULL DEFAULT '{}';
GRANT SELECT (links) ON ops.system TO throughline_viewer, throughline_triage;
