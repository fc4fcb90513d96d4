-- Approved work on its way to a bill, by account, project, practice or system.
-- expects: what the fragment bill_clock expects; parameter by (account, project, practice, system or null)
-- gives:   what the fragment bill_clock gives; work_name; part_of, its pieces with the part they belong to
-- include: bill_clock
,
-- include: work_name
,
-- include: practice_of
,
part_of AS MATERIALIZED (
  SELECT p.*, coalesce(kpi.work_part(CAST(:by AS text), p.system_id, p.project_ref, p.account_ref, o.practice), '') AS part
  FROM piece p
  LEFT JOIN practice_of o ON o.customer_id = p.customer_id AND o.system_id = p.system_id AND o.project_ref = p.project_ref
)
