-- The records that a rule of the customer's own has to look at: all of them, or those that were written since it looked last, and those
-- that a clock makes due.
-- grain:   one row of pg_temp.looked per rule and record, gone ones as well
-- params:  customer_id int; rule, object text; is_everything boolean; since timestamptz (written since then; null: nothing was); is_timed,
--          projects, accounts, tasks boolean (whether it asks for ages, the record's project, account, or the worth of work); looked_at, now timestamptz
-- columns: rows written
-- source:  docs/adr/0018-rules.md. An age in days turns when a whole number of days has passed since an instant, so only those that passed
--          one since the last look can hold or not hold otherwise by the clock alone
WITH
record AS (
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text) AS project_ref, CAST(NULL AS text) AS account_ref,
    CAST(NULL AS text) AS task_ref, ARRAY[x.source_updated_at, x.first_seen_at] AS instants, CAST('{}' AS date[]) AS days
  FROM biz.account x
  WHERE CAST(:object AS text) = 'account' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text), x.account_ref, CAST(NULL AS text), ARRAY[x.source_updated_at,
    x.first_seen_at], ARRAY[x.starts_on, x.ends_on]
  FROM biz.contract x
  WHERE CAST(:object AS text) = 'contract' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text), x.account_ref, CAST(NULL AS text), ARRAY[x.created_at, x.won_at,
    x.lost_at, x.source_updated_at, x.first_seen_at], ARRAY[x.expected_start_on]
  FROM biz.opportunity x
  WHERE CAST(:object AS text) = 'opportunity' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text), x.account_ref, CAST(NULL AS text), ARRAY[x.created_at,
    x.source_updated_at, x.first_seen_at], ARRAY[x.starts_on, x.ends_on]
  FROM biz.project x
  WHERE CAST(:object AS text) = 'project' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text), ARRAY[x.source_updated_at,
    x.first_seen_at], CAST('{}' AS date[])
  FROM biz.task x
  WHERE CAST(:object AS text) = 'task' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), x.task_ref, ARRAY[x.entered_at, x.submitted_at,
    x.approved_at, x.written_off_at, x.source_updated_at, x.first_seen_at], ARRAY[x.worked_on]
  FROM biz.time_entry x
  WHERE CAST(:object AS text) = 'time_entry' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), x.task_ref, ARRAY[x.entered_at, x.submitted_at,
    x.approved_at, x.written_off_at, x.source_updated_at, x.first_seen_at], ARRAY[x.incurred_on]
  FROM biz.expense x
  WHERE CAST(:object AS text) = 'expense' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text), ARRAY[x.completed_at, x.approved_at,
    x.source_updated_at, x.first_seen_at], ARRAY[x.due_on]
  FROM biz.milestone x
  WHERE CAST(:object AS text) = 'milestone' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, x.account_ref, CAST(NULL AS text), ARRAY[x.created_at, x.posted_at,
    x.voided_at, x.sent_at, x.source_updated_at, x.first_seen_at], ARRAY[x.issued_on, x.due_on]
  FROM biz.invoice x
  WHERE CAST(:object AS text) = 'invoice' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text), ARRAY[x.source_updated_at,
    x.first_seen_at], ARRAY[x.billed_for]
  FROM biz.invoice_line x
  WHERE CAST(:object AS text) = 'invoice_line' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS text), ARRAY[x.recorded_at,
    x.source_updated_at, x.first_seen_at], ARRAY[x.paid_on]
  FROM biz.payment x
  WHERE CAST(:object AS text) = 'payment' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text), ARRAY[x.source_updated_at,
    x.first_seen_at], ARRAY[x.ordered_on]
  FROM biz.purchase_order x
  WHERE CAST(:object AS text) = 'purchase_order' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text), ARRAY[x.created_at,
    x.source_updated_at, x.first_seen_at], ARRAY[x.starts_on, x.ends_on]
  FROM biz.assignment x
  WHERE CAST(:object AS text) = 'assignment' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS text), ARRAY[x.placed_at, x.released_at,
    x.source_updated_at, x.first_seen_at], ARRAY[x.expires_on]
  FROM biz.billing_hold x
  WHERE CAST(:object AS text) = 'billing_hold' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text), x.account_ref, CAST(NULL AS text),
    ARRAY[x.created_at, x.qualified_at, x.disqualified_at, x.source_updated_at, x.first_seen_at], CAST('{}' AS date[])
  FROM biz.lead x
  WHERE CAST(:object AS text) = 'lead' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text), x.account_ref, CAST(NULL AS text),
    ARRAY[x.created_at, x.accepted_at, x.source_updated_at, x.first_seen_at], CAST('{}' AS date[])
  FROM biz.quote x
  WHERE CAST(:object AS text) = 'quote' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text),
    ARRAY[x.created_at, x.accepted_at, x.source_updated_at, x.first_seen_at], CAST('{}' AS date[])
  FROM biz.change_order x
  WHERE CAST(:object AS text) = 'change_order' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text),
    ARRAY[x.created_at, x.source_updated_at, x.first_seen_at], CAST('{}' AS date[])
  FROM biz.budget x
  WHERE CAST(:object AS text) = 'budget' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text),
    ARRAY[x.source_updated_at, x.first_seen_at], ARRAY[x.due_on, x.period_from, x.period_to]
  FROM biz.billing_schedule x
  WHERE CAST(:object AS text) = 'billing_schedule' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text),
    ARRAY[x.posted_at, x.source_updated_at, x.first_seen_at], ARRAY[x.issued_on]
  FROM biz.supplier_bill x
  WHERE CAST(:object AS text) = 'supplier_bill' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text), CAST(NULL AS text), CAST(NULL AS text),
    ARRAY[x.posted_at, x.source_updated_at, x.first_seen_at], ARRAY[x.period_from, x.period_to]
  FROM biz.payroll_run x
  WHERE CAST(:object AS text) = 'payroll_run' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, x.project_ref, CAST(NULL AS text), CAST(NULL AS text),
    ARRAY[x.posted_at, x.source_updated_at, x.first_seen_at], CAST('{}' AS date[])
  FROM biz.project_cost x
  WHERE CAST(:object AS text) = 'project_cost' AND x.customer_id = CAST(:customer_id AS int)
  UNION ALL
  SELECT x.system_id, x.source_id, x.last_seen_at, CAST(NULL AS text), x.account_ref, CAST(NULL AS text),
    ARRAY[x.created_at, x.source_updated_at, x.first_seen_at], CAST('{}' AS date[])
  FROM biz.support_ticket x
  WHERE CAST(:object AS text) = 'support_ticket' AND x.customer_id = CAST(:customer_id AS int)
),
touched_account AS MATERIALIZED (
  SELECT a.system_id, a.source_id
  FROM biz.account a
  WHERE a.customer_id = CAST(:customer_id AS int) AND CAST(:accounts AS boolean) AND a.last_seen_at >= CAST(:since AS timestamptz)
),
touched_project AS MATERIALIZED (
  SELECT p.system_id, p.source_id
  FROM biz.project p
  WHERE p.customer_id = CAST(:customer_id AS int) AND CAST(:projects AS boolean)
    AND (p.last_seen_at >= CAST(:since AS timestamptz)
      OR (p.system_id, p.account_ref) IN (SELECT a.system_id, a.source_id FROM touched_account a))
),
touched_task AS MATERIALIZED (
  SELECT k.system_id, k.source_id
  FROM biz.task k
  WHERE k.customer_id = CAST(:customer_id AS int) AND CAST(:tasks AS boolean) AND k.last_seen_at >= CAST(:since AS timestamptz)
)
INSERT INTO pg_temp.looked (customer_id, rule, subject_type, subject_system_id, subject_id)
SELECT CAST(:customer_id AS int), CAST(:rule AS text), CAST(:object AS text), r.system_id, r.source_id
FROM record r
WHERE CAST(:is_everything AS boolean)
  OR r.last_seen_at >= CAST(:since AS timestamptz)
  OR (r.system_id, r.project_ref) IN (SELECT p.system_id, p.source_id FROM touched_project p)
  OR (r.system_id, r.account_ref) IN (SELECT a.system_id, a.source_id FROM touched_account a)
  OR (r.system_id, r.task_ref) IN (SELECT k.system_id, k.source_id FROM touched_task k)
  OR CAST(:is_timed AS boolean) AND EXISTS (
    SELECT
    FROM ops.customer c
    CROSS JOIN LATERAL (
      SELECT i.at FROM unnest(r.instants) i (at)
      UNION ALL
      SELECT CAST(d.day AS timestamp) AT TIME ZONE c.time_zone FROM unnest(r.days) d (day)
    ) x
    WHERE c.customer_id = CAST(:customer_id AS int)
      -- a second more than needed: the parts of a second are not exact here
      AND floor(date_part('epoch', CAST(:now AS timestamptz) - x.at) / 86400)
        > floor(date_part('epoch', CAST(:looked_at AS timestamptz) - interval '1 second' - x.at) / 86400))
ON CONFLICT DO NOTHING
