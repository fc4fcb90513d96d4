-- What became of the project of every opportunity that had been won before an instant.
-- expects: look (customer_id int, at timestamptz), one row per customer: what happened at or after `at` has not happened; won_watched (rows of
--          kpi.won_opportunity); parameter customer_ids
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
creation AS MATERIALIZED (
  SELECT
    j.*,
    j.outcome IN ('late', 'missing') AS is_failed,
    j.outcome IN ('created', 'late', 'missing') AS is_decided,
    j.outcome IN ('no_promise', 'unsure', 'not_read') AS is_unknown
  FROM (
    SELECT
      w.*, k.at AS looked_at, p.projects, p.ready_at, p.suggestions,
      CASE
        WHEN w.unwon_at < least(w.due_at, k.at) THEN 'withdrawn'
        WHEN w.due_at IS NULL THEN 'no_promise'
        WHEN p.in_time OR w.due_at >= k.at AND p.projects > 0 THEN 'created'
        WHEN p.projects > 0 THEN 'late'
        WHEN p.suggestions > 0 THEN 'unsure'
        WHEN w.due_at >= k.at THEN 'pending'
        WHEN w.read_until < w.due_at THEN 'not_read'
        ELSE 'missing'
      END AS outcome
    FROM look k
    JOIN won_watched w ON w.customer_id = k.customer_id AND w.won_at < k.at
    CROSS JOIN LATERAL (
      SELECT
        count(*) FILTER (WHERE m.is_fact AND m.is_usable AND m.created_at < k.at AND m.gone_at >= k.at) AS projects,
        count(*) FILTER (WHERE NOT m.is_fact) AS suggestions,
        min(m.created_at) FILTER (WHERE m.is_fact AND m.is_usable AND m.created_at < k.at AND m.gone_at >= k.at) AS ready_at,
        coalesce(bool_or(m.is_fact AND m.is_usable AND m.created_at <= w.due_at AND m.created_at < k.at
                         AND m.gone_at > least(w.due_at, k.at)), false) AS in_time
      FROM kpi.project_of_opportunity m
      WHERE m.customer_id = w.customer_id AND m.opportunity_system_id = w.system_id AND m.opportunity_id = w.opportunity_id
    ) p
    WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
  ) j
)
