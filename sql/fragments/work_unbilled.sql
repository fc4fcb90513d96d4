-- Which part of a piece of work is on no bill, and of which nobody knows.
-- expects: s, a row with stage, billed, unknown, amount, hours (fragment work_standing or work_stand)
-- gives:   columns is_unbilled, is_unknown, amount, hours
s.stage = 'approved' AND s.billed + s.unknown < 1 AS is_unbilled,
s.stage = 'unknown' AND s.billed < 1 OR s.stage <> 'left' AND s.billed < 1 AND s.unknown > 0 AS is_unknown,
s.amount - round(s.amount * least(1, s.billed + s.unknown), 4) AS amount,
s.hours * (1 - least(1, s.billed + s.unknown)) AS hours
