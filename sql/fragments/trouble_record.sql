  -- The record that a trouble is about, where it is called by a key (inside FROM).
  -- expects: trouble t (customer_id, object_type, object_key, system_id); named (fragment named_record)
  -- gives:   n, the row of named, or nulls
  LEFT JOIN LATERAL (
    SELECT n.*
    FROM named n
    WHERE n.customer_id = t.customer_id AND n.key = upper(trim(t.object_key)) AND coalesce(t.system_id = n.system_id, true)
      AND n.object_type = CASE WHEN t.object_type = 'project' AND t.system_id IS NULL THEN 'opportunity' ELSE t.object_type END  -- a run's words
    ORDER BY n.system_id, n.object_id
    LIMIT 1
  ) n ON true
