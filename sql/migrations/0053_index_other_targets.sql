-- Claims with more than one target are few, and are looked for by any of them.
CREATE INDEX verification_others ON kpi.verification (customer_id, target_system_id, target_type) WHERE other_ids <> '{}';
