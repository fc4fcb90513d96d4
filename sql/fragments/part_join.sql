  -- left out where a figure is not split (fragment parts)
  LEFT JOIN part_of_flow f ON f.customer_id = c.customer_id AND f.flow_id = c.flow_id
