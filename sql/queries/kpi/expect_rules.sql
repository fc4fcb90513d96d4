-- Writes down the rules of a customer with what the library says of them, and removes those that are gone.
-- grain:   one row per rule that is new, changed or gone
-- params:  customer_id int; keys, workflows, titles, sentences, lacks, reads (object names, blanks between) text[]; severities int[]: the library
-- columns: rule_id int
-- source:  ops.expectation_rule; the stamp tells of open windows, stages and the zone, on which deadlines depend
WITH
library AS (
  SELECT *
  FROM unnest(
    CAST(:keys AS text[]), CAST(:workflows AS text[]), CAST(:titles AS text[]), CAST(:sentences AS text[]), CAST(:lacks AS text[]),
    CAST(:reads AS text[]), CAST(:severities AS int[])) l (rule, workflow, title, sentence, lacks, reads, severity)
),
said AS (
  SELECT
    r.customer_id, r.rule_id, r.key, r.rule, l.workflow, l.title, l.sentence, l.lacks, l.severity, string_to_array(l.reads, ' ') AS reads,
    r.flow_id, r.from_system_id, r.to_system_id, r.stage, r.deadline_seconds, r.business_days, r.calendar_id, r.valid_from, r.valid_to,
    c.time_zone || ' ' || coalesce(k.time_zone, '') || ' ' || coalesce(w.stamp, '') || ' ' || coalesce(s.stamp, '') AS stamp
  FROM ops.expectation_rule r
  JOIN library l ON l.rule = r.rule
  JOIN ops.customer c ON c.customer_id = r.customer_id
  LEFT JOIN ops.calendar k ON k.customer_id = r.customer_id AND k.calendar_id = r.calendar_id
  LEFT JOIN LATERAL (
    SELECT md5(string_agg(extract(epoch FROM w.opens_at) || '-' || extract(epoch FROM w.closes_at), ' ' ORDER BY w.opens_at)) AS stamp
    FROM ops.calendar_window w
    WHERE w.customer_id = r.customer_id AND w.calendar_id = r.calendar_id
  ) w ON true
  LEFT JOIN LATERAL (
    SELECT string_agg(l.valid_from || ' ' || l.stage, ' ' ORDER BY l.valid_from) AS stamp
    FROM ops.lifecycle_stage l
    WHERE l.customer_id = r.customer_id AND r.stage IS NOT NULL
  ) s ON true
  WHERE r.customer_id = CAST(:customer_id AS int) AND r.valid_from < r.valid_to
),
gone AS (
  DELETE FROM kpi.expectation_rule k
  WHERE k.customer_id = CAST(:customer_id AS int) AND NOT EXISTS (SELECT FROM said s WHERE s.rule_id = k.rule_id)
  RETURNING k.rule_id
),
written AS (
  INSERT INTO kpi.expectation_rule AS k (
    customer_id, rule_id, key, rule, workflow, title, sentence, lacks, severity, reads, flow_id, from_system_id, to_system_id, stage,
    deadline_seconds, business_days, calendar_id, valid_from, valid_to, stamp)
  SELECT
    s.customer_id, s.rule_id, s.key, s.rule, s.workflow, s.title, s.sentence, s.lacks, s.severity, s.reads, s.flow_id, s.from_system_id,
    s.to_system_id, s.stage, s.deadline_seconds, s.business_days, s.calendar_id, s.valid_from, s.valid_to, s.stamp
  FROM said s
  ON CONFLICT (customer_id, rule_id) DO UPDATE SET
    key = excluded.key, rule = excluded.rule, workflow = excluded.workflow, title = excluded.title, sentence = excluded.sentence,
    lacks = excluded.lacks, severity = excluded.severity, reads = excluded.reads, flow_id = excluded.flow_id,
    from_system_id = excluded.from_system_id, to_system_id = excluded.to_system_id, stage = excluded.stage,
    deadline_seconds = excluded.deadline_seconds, business_days = excluded.business_days, calendar_id = excluded.calendar_id,
    valid_from = excluded.valid_from, valid_to = excluded.valid_to, stamp = excluded.stamp
  WHERE (k.key, k.rule, k.workflow, k.title, k.sentence, k.lacks, k.severity, k.reads, k.flow_id, k.from_system_id, k.to_system_id, k.stage,
         k.deadline_seconds, k.business_days, k.calendar_id, k.valid_from, k.valid_to, k.stamp)
    IS DISTINCT FROM
        (excluded.key, excluded.rule, excluded.workflow, excluded.title, excluded.sentence, excluded.lacks, excluded.severity, excluded.reads,
         excluded.flow_id, excluded.from_system_id, excluded.to_system_id, excluded.stage, excluded.deadline_seconds, excluded.business_days,
         excluded.calendar_id, excluded.valid_from, excluded.valid_to, excluded.stamp)
  RETURNING k.rule_id
)
SELECT g.rule_id FROM gone g
UNION ALL
SELECT w.rule_id FROM written w
