-- Invoice cycle time: how long it takes from ready to be billed until the invoice is sent, over all that was open at some time of the period.
-- grain:   one row per customer and part by count (currency null), and one more per currency by money; a customer with nothing to bill has
--          one row with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (kind, account, project, system or null)
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
part_of AS MATERIALIZED (
  SELECT
    c.*,
    CASE CAST(:by AS text)
      WHEN 'kind' THEN c.kind
      WHEN 'project' THEN c.system_id || ' ' || coalesce(c.project_ref, '')
      WHEN 'account' THEN c.system_id || ' ' || coalesce(c.account_ref, '')
      WHEN 'system' THEN c.system_id || ' '
      ELSE ''
    END AS part
  FROM cycle c
),
-- include: clock_item
,
-- include: survival
,
-- include: clock_answer
SELECT
  a.customer_id,
  CASE WHEN CAST(:by AS text) IN ('project', 'account', 'system') THEN coalesce(n.name, nullif(split_part(a.part, ' ', 2), ''), '(none)')
       ELSE a.part END AS part,
  a.currency, a.value, a.numerator, a.denominator, a.unknown, a.sample, a.low, a.high, a.quarter_at, a.three_quarters_at, a.half_low,
  a.half_high, a.within_7_days, a.within_14_days, a.within_30_days, a.mean_within_60_days, a.watched_up_to, a.still_open, a.ended_otherwise,
  a.without_value
FROM clock_answer a
LEFT JOIN work_name n ON n.customer_id = a.customer_id AND n.system_id || ' ' || n.ref = a.part
ORDER BY customer_id, part, currency NULLS FIRST
