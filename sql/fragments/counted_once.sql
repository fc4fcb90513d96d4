-- A split joins what was counted to flows, and the planner cannot know how few rows these are: it would work them out again and again.
-- expects: a step of the name before it
-- gives:   the step, worked out once
MATERIALIZED
