-- Compares the ranges that have changed, record by record: in both and equal, in both and different by field, in one only.
-- grain:   one row of kpi.parity per source with its target, per source without one and per target without one
-- params:  customer_id int
-- columns: rows written
-- source:  metrics.md C10. A second target of one source, and one whose source owes none, is the target's only. What the promised time could still
--          bring, and what was not read so far, waits
WITH
shared AS (  -- few sources have more than one target: only those are put in order
  SELECT t.flow_id, t.of_id
  FROM pg_temp.target_side t
  WHERE t.of_id IS NOT NULL
  GROUP BY t.flow_id, t.of_id
  HAVING count(*) > 1
),
later AS (
  SELECT o.flow_id, o.source_id
  FROM (
    SELECT
      t.flow_id, t.source_id,
      row_number() OVER (PARTITION BY t.flow_id, t.of_id ORDER BY t.gone_at = 'infinity' DESC, t.confidence < 0.90, t.made_at, t.source_id) AS place
    FROM shared h
    JOIN pg_temp.target_side t ON t.flow_id = h.flow_id AND t.of_id = h.of_id
  ) o
  WHERE o.place > 1
),
source AS (
  SELECT s.* FROM pg_temp.source_side s JOIN pg_temp.range_changed g ON g.flow_id = s.flow_id AND g.range_no = s.range_no
),
cell AS (
  SELECT
    s.flow_id, s.range_no, s.source_id, CASE WHEN t.gone_at = 'infinity' THEN t.source_id ELSE '' END AS target_id,
    true AS has_source, coalesce(t.gone_at = 'infinity', false) AS has_target, t.match, t.rule, t.confidence,
    s.fields AS source_fields, t.fields AS target_fields, s.amount AS source_amount, s.currency AS source_currency,
    CASE WHEN t.gone_at = 'infinity' THEN t.amount END AS target_amount, CASE WHEN t.gone_at = 'infinity' THEN t.currency END AS target_currency,
    s.at, s.version_at AS source_version, t.version_at AS target_version, t.made_at,
    nullif(t.gone_at, 'infinity') AS gone_at, coalesce(nullif(s.label, ''), nullif(t.label, ''), s.source_id) AS label
  FROM source s
  LEFT JOIN (
    SELECT t.* FROM pg_temp.target_side t
    WHERE t.has_source AND (t.flow_id, t.source_id) NOT IN (SELECT l.flow_id, l.source_id FROM later l)
  ) t ON t.flow_id = s.flow_id AND t.of_id = s.source_id
  UNION ALL
  SELECT
    t.flow_id, t.range_no, '', t.source_id, false, true, NULL,
    CASE WHEN t.of_id IS NULL THEN NULL WHEN t.has_source THEN 'second target' ELSE 'source owes none' END, NULL, NULL, t.fields, NULL, NULL, t.amount,
    t.currency, t.at, NULL, t.version_at, t.made_at, NULL, coalesce(nullif(t.label, ''), t.source_id)
  FROM pg_temp.target_side t
  JOIN pg_temp.range_changed g ON g.flow_id = t.flow_id AND g.range_no = t.range_no
  WHERE t.gone_at = 'infinity'
    AND (NOT t.has_source OR t.match <> 'suggested' AND (t.flow_id, t.source_id) IN (SELECT l.flow_id, l.source_id FROM later l))
),
compared AS (
  SELECT
    c.*, p.source_system_id, p.source_type, p.target_system_id, p.target_type, p.read_until, p.deadline_seconds, p.calendar_id,
    -- calling the function costs ten times as much as seeing that nothing differs
    CASE WHEN c.has_source AND c.has_target AND EXISTS (
      SELECT FROM pg_temp.agreed a WHERE a.flow_id = c.flow_id AND c.source_fields -> a.name <> c.target_fields -> a.name
    ) THEN kpi.differing(c.source_fields, c.target_fields, p.fields) END AS differing
  FROM cell c
  JOIN pg_temp.pair p ON p.flow_id = c.flow_id
  OFFSET 0 -- worked out once for each pair of records, not wherever it is named
),
clocked AS (
  SELECT
    c.*,
    CASE
      WHEN c.has_source AND c.has_target AND c.differing IS NULL THEN NULL
      WHEN c.calendar_id IS NULL THEN b.began_at + make_interval(secs => c.deadline_seconds)
      ELSE coalesce(kpi.business_deadline(CAST(:customer_id AS int), c.calendar_id, b.began_at, c.deadline_seconds), 'infinity')
    END AS decide_at,
    CASE
      WHEN c.has_source AND c.has_target AND c.match = 'suggested' THEN 'unsure'
      -- one target may be this source's or another's
      WHEN NOT c.has_target AND (c.flow_id, c.source_id) IN (
        SELECT l.flow_id, l.source_id
        FROM pg_temp.link l
        WHERE l.match = 'suggested'
          AND NOT EXISTS (SELECT FROM pg_temp.link f WHERE f.flow_id = l.flow_id AND f.target_id = l.target_id AND f.match <> 'suggested')
      ) THEN 'unsure'
      WHEN NOT c.has_target THEN 'source_only'
      WHEN NOT c.has_source THEN 'target_only'
      WHEN c.differing IS NULL THEN 'equal'
      ELSE 'different'
    END AS found,
    b.began_at
  FROM compared c
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN c.has_source AND c.has_target THEN greatest(c.at, c.made_at, c.source_version, c.target_version)
      WHEN c.has_source THEN coalesce(c.gone_at, c.at)
      ELSE c.made_at
    END AS began_at
  ) b
  OFFSET 0
)
INSERT INTO kpi.parity (
  customer_id, flow_id, range_no, source_id, target_id, cell, source_type, target_type, source_system_id, target_system_id, match, rule, confidence,
  differing, source_amount, target_amount, source_currency, target_currency, at, broken_at, label, decide_at)
SELECT
  CAST(:customer_id AS int), c.flow_id, c.range_no, c.source_id, c.target_id,
  CASE WHEN c.found IN ('source_only', 'target_only', 'different') AND c.decide_at > c.read_until OR c.read_until = '-infinity' THEN 'waiting' ELSE c.found END,
  c.source_type, c.target_type, c.source_system_id, c.target_system_id, CASE WHEN c.has_target AND c.has_source THEN c.match END, c.rule, c.confidence,
  c.differing, c.source_amount, c.target_amount, c.source_currency, c.target_currency, c.at,
  CASE WHEN c.found = 'source_only' AND c.gone_at IS NULL THEN c.decide_at WHEN c.found IN ('source_only', 'target_only', 'different') THEN c.began_at END,
  c.label, coalesce(c.decide_at, c.at)
FROM clocked c
