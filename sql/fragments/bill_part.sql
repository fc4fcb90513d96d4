-- Approved work on its way to a bill, by account, project or system.
-- expects: what the fragment bill_clock expects; parameter by (account, project, system or null)
-- gives:   what the fragment bill_clock gives; work_name; part_of, its pieces with the part they belong to
-- include: bill_clock
,
-- include: work_name
,
part_of AS MATERIALIZED (
  SELECT p.*, coalesce(kpi.work_part(CAST(:by AS text), p.system_id, p.project_ref, p.account_ref), '') AS part
  FROM piece p
)
