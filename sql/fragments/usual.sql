-- The middle of some numbers and how far they spread around it, robustly.
-- expects: x.logs float8[]
-- gives:   m.middle, m.spread float8: the median, and 1.4826 times the median distance from it, a tenth at least; null of none
-- source:  metrics.md A14
LEFT JOIN LATERAL (
  SELECT c.middle, greatest(0.1, 1.4826 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(u.log_y - c.middle))) AS spread
  FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v.log_y) AS middle FROM unnest(x.logs) v (log_y)) c
  CROSS JOIN unnest(x.logs) u (log_y)
  GROUP BY c.middle
) m ON true
