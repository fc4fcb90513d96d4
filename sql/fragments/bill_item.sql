-- The pieces of work as items of the survival fragment: once each by count, and once by money in their currency.
-- expects: piece (fragment bill_clock), work_name; parameter by (account, project, system or null)
-- gives:   part_of, the pieces with the part they belong to ("system ref", named by work_part); item, as the survival fragment wants it
part_of AS MATERIALIZED (
  SELECT
    p.*,
    CASE CAST(:by AS text)
      WHEN 'project' THEN p.system_id || ' ' || coalesce(p.project_ref, '')
      WHEN 'account' THEN p.system_id || ' ' || coalesce(p.account_ref, '')
      WHEN 'system' THEN p.system_id || ' '
      ELSE ''
    END AS part
  FROM piece p
),
-- include: clock_item
,
work_part AS MATERIALIZED (
  SELECT DISTINCT
    p.customer_id, p.part, CASE WHEN p.part = '' THEN '' ELSE coalesce(n.name, nullif(split_part(p.part, ' ', 2), ''), '(none)') END AS name
  FROM (SELECT DISTINCT p.customer_id, p.part FROM part_of p) p
  LEFT JOIN work_name n ON n.customer_id = p.customer_id AND n.system_id || ' ' || n.ref = p.part
)
