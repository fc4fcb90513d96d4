      -- left out where a figure is not split (fragment exception_place)
      WHEN 'project' THEN x.project
      WHEN 'practice' THEN x.practice
