-- Where every piece of work stood at each cut. What happened before the cut has happened; at or after it, it has not.
-- expects: cut (customer_id int, cut text, at, alive_at timestamptz), one row per customer and cut; work that was billed or gone for good
--          before alive_at is left out; parameter customer_ids
-- gives:   standing, one row per cut and piece of work: columns of kpi.work, stage (approved, submitted, unsubmitted, unknown, left) and
--          the shares 0..1 that are billed, drafted, cancelled, unknown
standing AS MATERIALIZED (
  SELECT
    c.cut, c.at AS cut_at, w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.account_ref, w.worked_on, w.hours, w.amount,
    CAST(w.currency AS text) AS currency, w.value_basis, w.approved_at, w.left_how, w.leaves_at,
    b.stage, b.billed, b.drafted, b.cancelled, b.unknown
  FROM cut c
  JOIN kpi.work w ON w.customer_id = c.customer_id AND w.opens_at < c.at AND w.settled_at >= c.alive_at
-- include: work_stand
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
)
