      -- left out where a figure is not split (fragment record_place)
      WHEN 'project' THEN place.project
      WHEN 'practice' THEN place.practice
