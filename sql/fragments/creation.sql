-- What became of the project of every opportunity that had been won before an instant.
-- expects: look (customer_id int, at, won_from timestamptz), one row per customer: what happened at or after `at` has not happened, and
--          older wins than won_from are left out; parameter customer_ids
-- gives:   creation, one row per opportunity: columns of kpi.won_opportunity, projects (linked for sure and there), ready_at (of the first
--          of them; null: none), outcome:
--            created         a usable project was there by the deadline
--            late            there is one, made after the deadline
--            missing         the deadline passed and there is none
--            pending         there is none and the deadline has not passed
--            withdrawn       lost, re-opened or deleted before the deadline: nothing was owed
--            no_promise      no flow promises a project for it, or its time or its deadline is not known
--            unsure          a project may be its, by a rule that is no proof
--            not_read        the system that should hold it was not read up to the deadline
--          is_failed (late, missing), is_decided (created, late, missing), is_unknown (no_promise, unsure, not_read)
-- source:  metrics.md C1; sources.md B2.5, traps 3 and 4
won_watched AS (
  SELECT w.*
  FROM look k
  JOIN kpi.won_opportunity w ON w.customer_id = k.customer_id AND w.won_at >= k.won_from
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: creation_of_won
