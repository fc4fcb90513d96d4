  -- expects: x, a row of in_trouble (inside FROM; fragment exception_place)
  LEFT JOIN exception_place place ON place.customer_id = x.customer_id AND place.exception_id = x.exception_id
    AND place.subject_type = x.subject_type AND place.system_id = x.system_id AND place.subject_id = x.subject_id
