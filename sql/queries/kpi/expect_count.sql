-- Works out the expectations of the records on the list under one rule of the library: by when, and what satisfied them.
-- grain:   one row of kpi.expectation per record and rule in force when its event happened; a rule for the customer's stage then goes before
--          one for every stage, to the same system
-- params:  customer_id int; rule, start_event, end_event text
-- columns: rows written
-- source:  product.md I2. In time is what was there at the deadline, whatever became of it later; else the effect that stayed longest
WITH
spell AS (  -- the stages of the customer's life, half open
  SELECT
    l.customer_id, l.stage, CAST(l.valid_from AS timestamp) AT TIME ZONE c.time_zone AS from_at,
    coalesce(CAST(lead(l.valid_from) OVER (ORDER BY l.valid_from) AS timestamp) AT TIME ZONE c.time_zone, CAST('infinity' AS timestamptz)) AS to_at
  FROM ops.lifecycle_stage l
  JOIN ops.customer c ON c.customer_id = l.customer_id
  WHERE l.customer_id = CAST(:customer_id AS int)
),
ruled AS MATERIALIZED (
  SELECT
    r.customer_id, r.rule_id, r.from_system_id, r.to_system_id, r.stage, r.deadline_seconds, r.business_days, r.calendar_id, k.time_zone,
    greatest(r.valid_from, s.from_at) AS valid_from, least(r.valid_to, s.to_at) AS valid_to
  FROM kpi.expectation_rule r
  LEFT JOIN ops.calendar k ON k.customer_id = r.customer_id AND k.calendar_id = r.calendar_id
  LEFT JOIN spell s ON s.stage = r.stage
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.rule = CAST(:rule AS text) AND (r.stage IS NULL OR s.stage IS NOT NULL)
),
clock AS (
  SELECT DISTINCT r.customer_id, r.calendar_id, r.deadline_seconds, r.business_days, r.time_zone
  FROM ruled r
),
begun AS MATERIALIZED (
  SELECT DISTINCT ON (s.subject_type, s.system_id, s.subject_id, r.to_system_id)
    s.customer_id, s.subject_type, s.system_id, s.subject_id, s.label, s.opened_at, s.is_clock_known, s.withdrawn_at, s.amount, s.currency,
    s.cause_type, s.cause_ref, r.rule_id, r.to_system_id, r.calendar_id, r.deadline_seconds, r.business_days, r.time_zone
  FROM pg_temp.expect_key k
  JOIN kpi.expectation_start s ON s.customer_id = CAST(:customer_id AS int) AND s.event = CAST(:start_event AS text)
    AND s.subject_type = k.subject_type AND s.system_id = k.system_id AND s.subject_id = k.subject_id
  JOIN ruled r ON r.customer_id = s.customer_id AND coalesce(r.from_system_id, s.system_id) = s.system_id
    AND r.valid_from <= s.opened_at AND s.opened_at < r.valid_to
  ORDER BY s.subject_type, s.system_id, s.subject_id, r.to_system_id, r.stage NULLS LAST, r.from_system_id NULLS LAST, r.rule_id
),
-- include: expectation_clock
,
due AS MATERIALIZED (
  SELECT t.*, CASE WHEN t.is_clock_known THEN t.due_at END AS limit_at
  FROM timed t
),
best AS (
  SELECT DISTINCT ON (d.rule_id, d.subject_type, d.system_id, d.subject_id)
    d.*, f.at, f.gone_at, f.is_dated, f.end_system_id, f.end_id, f.is_certain,
    coalesce(bool_or(NOT f.is_certain) OVER (PARTITION BY d.rule_id, d.subject_type, d.system_id, d.subject_id), false) AS is_unsure
  FROM due d
  LEFT JOIN kpi.expectation_end f ON f.customer_id = CAST(:customer_id AS int) AND f.event = CAST(:end_event AS text)
    AND f.system_id = d.system_id AND f.subject_id = d.subject_id AND coalesce(f.subject_type, d.subject_type) = d.subject_type
    AND coalesce(d.to_system_id, f.end_system_id) = f.end_system_id
  ORDER BY d.rule_id, d.subject_type, d.system_id, d.subject_id,
    (f.is_certain AND f.at <= d.limit_at AND f.gone_at > d.limit_at) DESC NULLS LAST, f.is_certain DESC NULLS LAST, f.gone_at DESC, f.at,
    f.is_dated DESC, f.end_system_id, f.end_id
)
INSERT INTO kpi.expectation (
  customer_id, rule_id, subject_type, system_id, subject_id, label, opened_at, due_at, satisfied_at, satisfied_until, satisfied_system_id,
  satisfied_by, is_dated, is_unsure, withdrawn_at, amount, currency, cause_type, cause_ref)
SELECT
  b.customer_id, b.rule_id, b.subject_type, b.system_id, b.subject_id, b.label, b.opened_at, b.limit_at,
  CASE WHEN b.is_certain THEN b.at ELSE CAST('infinity' AS timestamptz) END,
  CASE WHEN b.is_certain THEN b.gone_at ELSE CAST('infinity' AS timestamptz) END,
  b.end_system_id, b.end_id, coalesce(b.is_dated, true), b.is_unsure, b.withdrawn_at,
  CASE WHEN b.currency IS NOT NULL THEN b.amount END, b.currency, b.cause_type, b.cause_ref
FROM best b
