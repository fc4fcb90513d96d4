-- By how much the end of a day is other than that of the day before, because of one subject.
-- expects: c, rows with value, sample, unknown at the end of each day on which something happened to it; window own, of one subject in the order of its days
-- gives:   columns value, sample, unknown
-- source:  [ours]
c.value - lag(c.value, 1, CAST(0 AS numeric)) OVER own AS value,
c.sample - lag(c.sample, 1, 0) OVER own AS sample,
c.unknown - lag(c.unknown, 1, 0) OVER own AS unknown
