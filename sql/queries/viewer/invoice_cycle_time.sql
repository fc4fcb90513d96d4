-- Invoice cycle time: how long it takes from ready to be billed until the invoice is sent, over all that was open at some time of the period.
-- grain:   one row per customer and part by count (currency null), and one more per currency by money; a customer with nothing to bill has
--          one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (kind, account, project, practice, system or null)
-- columns: customer_id int; part, currency text; value float8 (median seconds; infinity: not reached); numerator (sent), denominator
--          (watched) numeric; unknown, sample bigint; low, high float8 (null); quarter_at, three_quarters_at, half_low, half_high seconds;
--          within_7_days, within_14_days, within_30_days 0..1; mean_within_60_days, watched_up_to seconds; still_open, ended_otherwise
--          numeric; without_value bigint
-- source:  metrics.md C5; Kaplan-Meier with delayed entry, Aalen-Johansen for what is written off (fragments due, survival)
WITH
watch AS (
  SELECT
    c.customer_id, CAST(:since AS timestamptz) AS observed_from,
    CAST(:since AS timestamptz) - interval '90 days' AS settled_from,
    least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS observed_to
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: invoice_cycle
,
-- include: work_name
,
-- include: practice_of
,
part_of AS MATERIALIZED (
  SELECT
    c.*,
    CASE CAST(:by AS text)
      WHEN 'kind' THEN c.kind
      ELSE coalesce(kpi.work_part(CAST(:by AS text), c.system_id, c.project_ref, c.account_ref, o.practice), '')
    END AS part
  FROM cycle c
  LEFT JOIN practice_of o ON o.customer_id = c.customer_id AND o.system_id = c.system_id AND o.project_ref = c.project_ref
),
-- include: clock_by_work
