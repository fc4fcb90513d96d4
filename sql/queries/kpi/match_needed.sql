-- Has anything been written since that can change what belongs together?
-- grain:   one row
-- params:  customer_id int; since timestamptz (null: yes)
-- columns: is_needed boolean
-- source:  last_seen_at of accounts, opportunities and projects
SELECT
  CAST(:since AS timestamptz) IS NULL
  OR EXISTS (SELECT FROM biz.account a WHERE a.customer_id = CAST(:customer_id AS int) AND a.last_seen_at >= CAST(:since AS timestamptz))
  OR EXISTS (SELECT FROM biz.opportunity o WHERE o.customer_id = CAST(:customer_id AS int) AND o.last_seen_at >= CAST(:since AS timestamptz))
  OR EXISTS (SELECT FROM biz.project p WHERE p.customer_id = CAST(:customer_id AS int) AND p.last_seen_at >= CAST(:since AS timestamptz))
  AS is_needed
