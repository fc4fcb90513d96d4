  -- The record that a trouble is about, where it is called by a key (inside FROM; rows without a customer_id of trouble are nobody's).
  -- expects: trouble t (customer_id, object_type, object_key, system_id); meant (fragment named_record)
  -- gives:   n, the row of meant, or nulls
  -- source:  [ours] joined on both sides, which the planner never turns into looking through all of them for each trouble
  FULL JOIN meant n ON n.customer_id = t.customer_id AND n.key = upper(trim(t.object_key)) AND n.said_system = coalesce(t.system_id, 0)
    AND n.object_type = CASE WHEN t.object_type = 'project' AND t.system_id IS NULL THEN 'opportunity' ELSE t.object_type END  -- a run's words
