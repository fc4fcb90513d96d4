-- What should have set off an invoice: a project's work of a month in one currency, a milestone, a date of a retainer or a month of usage;
-- and whether a draft was there in time.
-- expects: due_piece (fragment of that name); parameters since, until
-- gives:   due_trigger, one row per trigger with pieces that came due in [since, until): due_at (of the first of them), limit_at, amount
--          and late_amount (of the decided pieces, and of those that were late; null: not known), held_amount (of what is held back on
--          purpose), hold_reason, outcome:
--            in time       most of it was on a draft at its deadline (what is late of it has a draft that left it out)
--            late          it was not then; it is now
--            missing       it was not then, and is not now
--            held          held back on purpose, for a reason and until a day that has not passed
--            pending       the deadline has not passed
--            unknown       a bill, an approval or a deadline that nobody could read
-- source:  metrics.md C6
due_trigger AS MATERIALIZED (
  SELECT
    g.*,
    g.outcome IN ('late', 'missing') AS is_failed, g.outcome IN ('in time', 'late', 'missing') AS is_decided, g.outcome = 'unknown' AS is_unknown
  FROM (
    SELECT
      p.customer_id, p.system_id, p.kind, p.project_ref, p.account_ref, p.month, p.currency,
      CASE WHEN p.kind <> 'time' THEN p.item_id ELSE coalesce(p.project_ref, '') || ' ' || to_char(p.month, 'YYYY-MM') END AS trigger_id,
      min(p.due_at) AS due_at, min(p.limit_at) AS limit_at, count(*) AS pieces, min(p.observed_to) AS observed_to,
      CASE WHEN count(*) FILTER (WHERE p.verdict IN ('in time', 'late', 'missing') AND p.amount IS NULL) = 0
        THEN sum(p.amount) FILTER (WHERE p.verdict IN ('in time', 'late', 'missing')) END AS amount,
      CASE WHEN count(*) FILTER (WHERE p.verdict IN ('late', 'missing') AND p.amount IS NULL) = 0
        THEN sum(p.amount) FILTER (WHERE p.verdict IN ('late', 'missing')) END AS late_amount,
      CASE WHEN count(*) FILTER (WHERE p.verdict = 'held' AND p.amount IS NULL) = 0
        THEN sum(p.amount) FILTER (WHERE p.verdict = 'held') END AS held_amount,
      max(p.hold_reason) FILTER (WHERE p.verdict = 'held') AS hold_reason, min(p.contract_ref) AS contract_ref,
      CASE
        WHEN bool_or(p.verdict IN ('in time', 'late', 'missing')) THEN CASE
          WHEN 2 * count(*) FILTER (WHERE p.verdict = 'in time') > count(*) FILTER (WHERE p.verdict IN ('in time', 'late', 'missing')) THEN 'in time'
          WHEN 2 * count(*) FILTER (WHERE p.verdict = 'missing') < count(*) FILTER (WHERE p.verdict IN ('in time', 'late', 'missing')) THEN 'late'
          ELSE 'missing'
        END
        WHEN bool_or(p.verdict = 'unknown') THEN 'unknown'
        WHEN bool_or(p.verdict = 'held') THEN 'held'
        ELSE 'pending'
      END AS outcome
    FROM (
      SELECT
        d.*,
        CASE
          WHEN d.is_unknown OR d.limit_at IS NULL THEN 'unknown'
          WHEN d.limit_at >= d.observed_to THEN CASE WHEN d.is_drafted THEN 'in time' WHEN d.is_held THEN 'held' ELSE 'pending' END
          WHEN d.was_drafted THEN 'in time'
          WHEN d.is_drafted THEN 'late'
          ELSE 'missing'
        END AS verdict
      FROM due_piece d
      WHERE d.due_at >= CAST(:since AS timestamptz) AND d.due_at < CAST(:until AS timestamptz)
        -- written off or deleted before it was late: nothing was owed
        AND d.leaves_at >= least(coalesce(d.limit_at, d.observed_to), d.observed_to)
    ) p
    GROUP BY p.customer_id, p.system_id, p.kind, p.project_ref, p.account_ref, p.month, p.currency,
      CASE WHEN p.kind <> 'time' THEN p.item_id ELSE coalesce(p.project_ref, '') || ' ' || to_char(p.month, 'YYYY-MM') END
  ) g
)
