-- Delayed invoice triggers: what should have set off an invoice and had no draft by the promised time.
-- grain:   one row per customer and part by count (currency null), and one more per currency by value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (kind, account, project, practice, system,
--          day or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (late), denominator numeric (decided); unknown, sample bigint;
--          low, high float8 (late if every unknown were in time, or late; null by money); missing, late, in_time, pending bigint;
--          share_late float8; oldest_seconds float8 (of what is still missing); left_out numeric (money: late
--          pieces of triggers in time); without_value, held bigint (held back on purpose: neither late nor in time); held_value numeric (null
--          by count)
-- source:  metrics.md C6, from the business systems and not from the run log; attributed to when it came due
WITH
watch AS (
  SELECT
    c.customer_id, c.time_zone, CAST(:since AS timestamptz) - interval '90 days' AS settled_from, CAST(:since AS timestamptz) AS due_from,
    coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS observed_to
  FROM ops.customer c
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- include: due_piece
,
-- include: due_trigger
,
-- include: work_name
,
-- include: practice_of
,
placed AS (
  SELECT
    t.*,
    CASE CAST(:by AS text)
      WHEN 'kind' THEN t.kind
      WHEN 'day' THEN to_char(t.due_at AT TIME ZONE w.time_zone, 'YYYY-MM-DD')
      ELSE coalesce(kpi.work_part(CAST(:by AS text), t.system_id, t.project_ref, t.account_ref, o.practice), '')
    END AS part
  FROM due_trigger t
  JOIN watch w ON w.customer_id = t.customer_id
  LEFT JOIN practice_of o ON o.customer_id = t.customer_id AND o.system_id = t.system_id AND o.project_ref = t.project_ref
),
part AS (
  SELECT w.customer_id, '' AS part
  FROM watch w
  WHERE CAST(:by AS text) IS NULL
  UNION
  SELECT p.customer_id, p.part
  FROM placed p
  UNION
  SELECT w.customer_id, to_char(d.day, 'YYYY-MM-DD')
  FROM watch w
  CROSS JOIN LATERAL generate_series(
    date_trunc('day', CAST(:since AS timestamptz) AT TIME ZONE w.time_zone),
    least(CAST(:until AS timestamptz) - interval '1 microsecond', w.observed_to) AT TIME ZONE w.time_zone, interval '1 day') d (day)
  WHERE CAST(:by AS text) = 'day'
),
answer AS (
  SELECT
    a.customer_id, a.part, CAST(NULL AS text) AS currency,
    CASE WHEN count(*) FILTER (WHERE p.is_decided) > 0 THEN CAST(count(*) FILTER (WHERE p.is_failed) AS numeric) END AS value,
    CAST(count(*) FILTER (WHERE p.is_failed) AS numeric) AS numerator,
    CAST(count(*) FILTER (WHERE p.is_decided) AS numeric) AS denominator,
    count(*) FILTER (WHERE p.is_unknown) AS unknown,
    count(*) FILTER (WHERE p.is_decided) AS sample,
    CASE WHEN count(*) FILTER (WHERE p.is_decided OR p.is_unknown) > 0 THEN CAST(count(*) FILTER (WHERE p.is_failed) AS float8) END AS low,
    CASE WHEN count(*) FILTER (WHERE p.is_decided OR p.is_unknown) > 0
      THEN CAST(count(*) FILTER (WHERE p.is_failed OR p.is_unknown) AS float8) END AS high,
    count(*) FILTER (WHERE p.outcome = 'missing') AS missing,
    count(*) FILTER (WHERE p.outcome = 'late') AS late,
    count(*) FILTER (WHERE p.outcome = 'in time') AS in_time,
    count(*) FILTER (WHERE p.outcome = 'pending') AS pending,
    CASE WHEN count(*) FILTER (WHERE p.is_decided) > 0
      THEN CAST(count(*) FILTER (WHERE p.is_failed) AS float8) / count(*) FILTER (WHERE p.is_decided) END AS share_late,
    CAST(max(extract(epoch FROM p.observed_to - p.due_at)) FILTER (WHERE p.outcome = 'missing') AS float8) AS oldest_seconds,
    CAST(NULL AS numeric) AS left_out,
    count(*) FILTER (WHERE p.is_failed AND (p.late_amount IS NULL OR p.currency IS NULL)) AS without_value,
    count(*) FILTER (WHERE p.outcome = 'held') AS held, CAST(NULL AS numeric) AS held_value
  FROM part a
  LEFT JOIN placed p ON p.customer_id = a.customer_id AND p.part = a.part
  GROUP BY a.customer_id, a.part
  UNION ALL
  SELECT
    p.customer_id, p.part, p.currency,
    CASE WHEN count(*) FILTER (WHERE p.is_decided) > 0 THEN coalesce(sum(p.late_amount) FILTER (WHERE p.is_failed), 0) END,
    coalesce(sum(p.late_amount) FILTER (WHERE p.is_failed), 0),
    coalesce(sum(p.amount) FILTER (WHERE p.is_decided), 0),
    count(*) FILTER (WHERE p.is_unknown OR p.is_failed AND p.late_amount IS NULL),
    count(*) FILTER (WHERE p.is_decided AND p.amount IS NOT NULL), NULL, NULL,
    count(*) FILTER (WHERE p.outcome = 'missing'), count(*) FILTER (WHERE p.outcome = 'late'), count(*) FILTER (WHERE p.outcome = 'in time'),
    count(*) FILTER (WHERE p.outcome = 'pending'),
    CASE WHEN sum(p.amount) FILTER (WHERE p.is_decided) > 0
      THEN CAST(coalesce(sum(p.late_amount) FILTER (WHERE p.is_failed), 0) / sum(p.amount) FILTER (WHERE p.is_decided) AS float8) END,
    CAST(max(extract(epoch FROM p.observed_to - p.due_at)) FILTER (WHERE p.outcome = 'missing') AS float8),
    coalesce(sum(p.late_amount) FILTER (WHERE p.outcome = 'in time'), 0),
    count(*) FILTER (WHERE p.is_failed AND p.late_amount IS NULL),
    count(*) FILTER (WHERE p.held_amount IS NOT NULL), coalesce(sum(p.held_amount), 0)
  FROM placed p
  WHERE p.currency IS NOT NULL
  GROUP BY p.customer_id, p.part, p.currency
  HAVING count(*) FILTER (WHERE p.is_decided OR p.held_amount IS NOT NULL) > 0
)
SELECT
  a.customer_id,
  kpi.part_name(CAST(:by AS text), a.part, n.name) AS part,
  a.currency, a.value, a.numerator, a.denominator, a.unknown, a.sample, a.low, a.high, a.missing, a.late, a.in_time, a.pending, a.share_late,
  a.oldest_seconds, a.left_out, a.without_value, a.held, a.held_value
FROM answer a
LEFT JOIN work_name n ON n.customer_id = a.customer_id AND n.system_id || ' ' || n.ref = a.part
ORDER BY customer_id, part, currency NULLS FIRST
