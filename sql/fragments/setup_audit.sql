-- How projects were set up when they were looked at for the first time: one business day after they were made. What that look found is kept
-- (kpi.project_audit); where it was not kept, the project tells as long as nobody has changed it since.
-- expects: parameters customer_ids, since, until, as_of
-- gives:   audit, one row per project made in [since, until): made_at, audit_at (the same local time on the next working day), checks (those
--          that can be made in its system), failed (of them), is_kept (the finding), outcome:
--            right         every check passes
--            wrong         at least one does not
--            pending       the first look is still to come
--            unknown       the project was changed after that look and nobody knows how it was, or its system tells none of the fields
-- source:  metrics.md C3; each check scores 1 or 0 and only all of them make a success: SCOR, perfect order
-- include: setup_check
,
audit AS MATERIALIZED (
  SELECT
    j.*,
    CASE
      WHEN j.audit_at > j.seen_at THEN 'pending'
      WHEN NOT j.is_kept AND j.changed_at > j.audit_at OR cardinality(j.checks) = 0 THEN 'unknown'
      WHEN cardinality(j.failed) = 0 THEN 'right'
      ELSE 'wrong'
    END AS outcome
  FROM (
    SELECT
      k.customer_id, k.system_id, k.project_id, k.number, k.name, k.account_ref,
      CASE WHEN f.project_id IS NULL THEN k.amount ELSE f.amount END AS amount,
      CASE WHEN f.project_id IS NULL THEN k.currency ELSE CAST(f.currency AS text) END AS currency,
      m.made_at, v.seen_at, coalesce(f.audit_at, kpi.next_working_day(m.made_at, c.time_zone)) AS audit_at, k.changed_at,
      f.project_id IS NOT NULL AS is_kept, coalesce(f.checks, k.checks) AS checks, coalesce(f.failed, k.failed) AS failed
    FROM checked k
    JOIN ops.customer c ON c.customer_id = k.customer_id
    LEFT JOIN kpi.project_audit f ON f.customer_id = k.customer_id AND f.system_id = k.system_id AND f.project_id = k.project_id
    CROSS JOIN LATERAL (SELECT coalesce(f.made_at, k.made_at) AS made_at) m
    CROSS JOIN LATERAL (SELECT coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) AS seen_at) v
    WHERE m.made_at >= CAST(:since AS timestamptz) AND m.made_at < CAST(:until AS timestamptz) AND m.made_at <= v.seen_at
      AND (f.project_id IS NOT NULL OR NOT coalesce(k.deleted_at <= v.seen_at, false))
  ) j
)
