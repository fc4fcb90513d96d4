-- Opportunities on their way to a project, by account, practice or system.
-- expects: what the fragment ready_clock expects; parameter by text (account, practice, system or null)
-- gives:   what the fragment ready_clock gives; part_of, its pieces with the part they belong to; item, as the survival fragment wants it
-- include: ready_clock
,
-- include: deal_practice
,
part_of AS (
  SELECT
    p.*,
    CASE CAST(:by AS text)
      WHEN 'account' THEN coalesce(p.account, p.account_ref, '(none)')
      WHEN 'practice' THEN coalesce(d.practice, '(no practice)')
      WHEN 'system' THEN y.key
      ELSE ''
    END AS part
  FROM ready_piece p
  JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id
  LEFT JOIN deal_practice d ON CAST(:by AS text) = 'practice' AND d.customer_id = p.customer_id AND d.system_id = p.system_id AND d.opportunity_id = p.opportunity_id
),
-- include: clock_item
