-- The actions of a month's review as they stood in it: those opened in it, those still open from earlier ones, and those it ended.
-- grain:   one row per action
-- params:  customer_ids int[]; period text; as_of timestamptz (as_of null: now)
-- columns: customer_id int; action_id bigint; version int; what, owner text; due_on date; status, since text (the month it was opened in); said_by text;
--          said_at timestamptz
-- source:  product.md I10
WITH known AS (
  SELECT a.*
  FROM ops.review_action a
  WHERE a.customer_id = ANY (CAST(:customer_ids AS int[])) AND a.period <= CAST(:period AS text)
    AND a.said_at <= coalesce(CAST(:as_of AS timestamptz), kpi.as_of())
),
last_word AS (
  SELECT DISTINCT ON (k.customer_id, k.action_id) k.*
  FROM known k
  ORDER BY k.customer_id, k.action_id, k.version DESC
)
SELECT w.customer_id, w.action_id, w.version, w.what, w.owner, w.due_on, w.status, f.period AS since, w.said_by, w.said_at
FROM last_word w
JOIN known f ON f.customer_id = w.customer_id AND f.action_id = w.action_id AND f.version = 1
WHERE w.status = 'open' OR w.period = CAST(:period AS text)
ORDER BY w.customer_id, w.status <> 'open', w.due_on, w.action_id
