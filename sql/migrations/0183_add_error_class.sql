-- What sort of trouble an exception is, worked out from its rule and its words; null: nobody can say. The version of the rules that said so.
ALTER TABLE ops.exception ADD COLUMN error_class text CONSTRAINT exception_error_class_check CHECK (error_class IN (
  'value', 'missing', 'connection', 'intermittent', 'rate_limit', 'authentication', 'parse', 'duplicate', 'business_rule'));
ALTER TABLE ops.exception ADD COLUMN error_class_version int NOT NULL DEFAULT 0;
CREATE INDEX exception_unclassified ON ops.exception (customer_id, error_class_version);
CREATE INDEX exception_fingerprint_version ON ops.exception (customer_id, fingerprint_version);
