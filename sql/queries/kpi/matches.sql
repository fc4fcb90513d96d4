-- Which records of two systems are held to belong together, or were judged by a person: what waits for a word first.
-- grain:   one row per pair of records that holds now
-- params:  customer_id int; compared jsonb (relation: fields that both kinds hold); states text[] (suggested, manual, apart, automatic; null: all); row_limit int (null: all)
-- columns: state text (suggested: by a rule that is no proof; manual: a person's yes; apart: a person's no; automatic); relation text;
--          left_system, left_id, left_label, right_system, right_id, right_label text; rule text; confidence numeric; since timestamptz;
--          decided_by text; rivals bigint (other suggestions for either of the two); amount numeric, currency text (of the left one);
--          left_fields, right_fields jsonb (null: the record is not there); differing jsonb (field: [left, right]; null: in none); total bigint (pairs of
--          the same state)
-- source:  biz.xref; view kpi.record
WITH
held AS (
  SELECT
    x.*,
    CASE
      WHEN x.decided_by NOT LIKE 'rule %' THEN CASE WHEN x.confidence >= 0.50 THEN 'manual' ELSE 'apart' END
      WHEN x.confidence >= 0.90 THEN 'automatic'
      ELSE 'suggested'
    END AS state,
    CASE x.relation WHEN 'project_of_opportunity' THEN 'opportunity' ELSE substr(x.relation, 6) END AS left_type,
    CASE x.relation WHEN 'project_of_opportunity' THEN 'project' ELSE substr(x.relation, 6) END AS right_type
  FROM biz.xref x
  WHERE x.customer_id = CAST(:customer_id AS int) AND x.valid_to = 'infinity'
),
chosen AS (
  SELECT
    h.*,
    CASE WHEN h.state = 'suggested' THEN (
      SELECT count(*) FROM held o
      WHERE o.relation = h.relation AND o.state = 'suggested' AND (o.left_system_id, o.left_id, o.right_system_id, o.right_id)
        IS DISTINCT FROM (h.left_system_id, h.left_id, h.right_system_id, h.right_id)
        AND ((o.left_system_id, o.left_id) = (h.left_system_id, h.left_id) OR (o.right_system_id, o.right_id) = (h.right_system_id, h.right_id)))
    END AS rivals,
    count(*) OVER (PARTITION BY h.state) AS total
  FROM held h
  WHERE CAST(:states AS text[]) IS NULL OR h.state = ANY (CAST(:states AS text[]))
  ORDER BY array_position(ARRAY['suggested', 'manual', 'apart', 'automatic'], h.state), h.confidence DESC, h.valid_from DESC, h.left_id, h.right_id
  LIMIT CAST(:row_limit AS bigint)
)
SELECT
  c.state, c.relation, l.key AS left_system, c.left_id, a.label AS left_label, r.key AS right_system, c.right_id, b.label AS right_label, c.rule,
  c.confidence, c.valid_from AS since, c.decided_by, c.rivals, a.amount, a.currency,
  a.fields AS left_fields, b.fields AS right_fields, kpi.differing(a.fields, b.fields, CAST(:compared AS jsonb) -> c.relation) AS differing, c.total
FROM chosen c
JOIN ops.system l ON l.customer_id = c.customer_id AND l.system_id = c.left_system_id
JOIN ops.system r ON r.customer_id = c.customer_id AND r.system_id = c.right_system_id
LEFT JOIN LATERAL (
  SELECT k.label, k.amount, k.currency, k.fields FROM kpi.record k
  WHERE k.customer_id = CAST(:customer_id AS int) AND k.system_id = c.left_system_id AND k.object_type = c.left_type AND k.source_id = c.left_id
  OFFSET 0
) a ON true
LEFT JOIN LATERAL (
  SELECT k.label, k.fields FROM kpi.record k
  WHERE k.customer_id = CAST(:customer_id AS int) AND k.system_id = c.right_system_id AND k.object_type = c.right_type AND k.source_id = c.right_id
  OFFSET 0
) b ON true
ORDER BY array_position(ARRAY['suggested', 'manual', 'apart', 'automatic'], c.state), c.confidence DESC, c.valid_from DESC, c.left_id, c.right_id
