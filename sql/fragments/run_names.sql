  -- What the run of a transaction in trouble says it is about (inside FROM).
  -- expects: o (an exception's occurrence: customer_id, flow_id int; subject_type, subject_id text; occurred_at timestamptz)
  -- gives:   r, one row: object_type, object_key text; nulls for what is no transaction, and where the run names no record
  -- source:  raw.run; a transaction occurs at the instant at which its run was due
  LEFT JOIN LATERAL (
    SELECT r.object_type, r.object_key
    FROM raw.run r
    WHERE o.subject_type = 'transaction' AND r.customer_id = o.customer_id AND r.flow_id = o.flow_id AND r.due_at = o.occurred_at
      AND r.transaction_key = o.subject_id AND r.object_key IS NOT NULL
    LIMIT 1
  ) r ON true
