          -- the day, month, flow, system or workflow; nothing where a figure is not split (fragment parts)
          || CASE CAST(:by AS text) WHEN 'day' THEN to_char(c.day, 'YYYY-MM-DD') WHEN 'month' THEN to_char(c.day, 'YYYY-MM') ELSE coalesce(f.part, '') END
