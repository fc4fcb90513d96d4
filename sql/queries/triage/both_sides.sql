-- The records that an open exception is about, each beside its counterpart in the other system.
-- grain:   one row per record: first the one that the error itself names, then those of the open occurrences, the latest first
-- params:  customer_ids int[]; exception_id bigint; compared jsonb ("source target", two kinds: the fields that both hold); row_limit int
-- columns: here_type, here_system, here_role, here_id, here_label text; here_fields jsonb; is_here boolean (false: deleted there);
--          there_type, there_system, there_role, there_id, there_label text (null: not known); there_fields jsonb; is_source boolean (the counterpart is
--          what the record was made from); differing jsonb (field: [source, target]; null: in none, or not compared); other_ids text[] (counterparts
--          beyond the first); standing text (there; gone: deleted there; absent: that system was read since and does not hold it; unsure: one may be
--          it and nothing proves it; unread: that system was not read since; unproven: read, and nothing proves that it is not there)
-- source:  product.md I8; kpi.verification, biz.xref (a fact from 0.90 on), view kpi.record; a flow's own tolerance counts before the library's.
--          What nobody holds a record of is left out, and so is what no flow carries and no link knows
WITH
chosen AS MATERIALIZED (
  SELECT e.customer_id, e.exception_id, e.class, e.flow_id, e.object_type, e.object_key, e.last_occurred_at, f.from_system_id
  FROM ops.exception e
  LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
  WHERE e.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.exception_id = CAST(:exception_id AS bigint) AND e.closed_at IS NULL
),
-- an error calls a record by its number or its id; of two systems that hold it the flow's source counts
named AS (
  SELECT CAST(0 AS bigint) AS nth, e.customer_id, e.object_type AS subject_type, r.system_id, r.source_id AS subject_id, e.flow_id,
    e.last_occurred_at AS occurred_at
  FROM chosen e
  CROSS JOIN LATERAL (
    SELECT r.system_id, r.source_id
    FROM (
      SELECT p.system_id, p.source_id, p.deleted_at FROM biz.project p
      WHERE e.object_type = 'project' AND p.customer_id = e.customer_id AND e.object_key IN (p.number, p.source_id)
      UNION ALL
      SELECT o.system_id, o.source_id, o.deleted_at FROM biz.opportunity o
      WHERE e.object_type = 'opportunity' AND o.customer_id = e.customer_id AND e.object_key IN (o.number, o.reference, o.source_id)
      UNION ALL
      SELECT a.system_id, a.source_id, a.deleted_at FROM biz.account a
      WHERE e.object_type = 'account' AND a.customer_id = e.customer_id AND e.object_key IN (a.code, a.source_id)
      UNION ALL
      SELECT c.system_id, c.source_id, c.deleted_at FROM biz.contract c
      WHERE e.object_type = 'contract' AND c.customer_id = e.customer_id AND e.object_key IN (c.number, c.source_id)
      UNION ALL
      SELECT w.system_id, w.source_id, w.deleted_at FROM biz.resource w
      WHERE e.object_type = 'resource' AND w.customer_id = e.customer_id AND e.object_key IN (w.employee_no, w.source_id)
      UNION ALL
      SELECT i.system_id, i.source_id, i.deleted_at FROM biz.invoice i
      WHERE e.object_type = 'invoice' AND i.customer_id = e.customer_id AND e.object_key IN (i.number, i.source_id)
    ) r
    WHERE r.deleted_at IS NULL
    ORDER BY r.system_id IS DISTINCT FROM e.from_system_id, r.system_id, r.source_id
    LIMIT 1
  ) r
  WHERE e.class = 'technical' AND e.object_key IS NOT NULL
),
happened AS MATERIALIZED (
  SELECT o.customer_id, o.subject_type, o.system_id, o.subject_id, o.flow_id, o.occurred_at
  FROM chosen e
  JOIN ops.exception_occurrence o ON o.customer_id = e.customer_id AND o.exception_id = e.exception_id AND o.cleared_at IS NULL
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.subject_type <> 'stream'
  ORDER BY o.occurred_at DESC, o.subject_id
  -- several runs may be about one record
  LIMIT 4 * CAST(:row_limit AS int)
),
subject AS (
  SELECT n.* FROM named n
  UNION ALL
  SELECT row_number() OVER (ORDER BY h.occurred_at DESC, h.subject_id), h.* FROM happened h
),
-- include: latest_claim
,
-- what a run was about is the record that it wrote from; what is no run is a record itself
about AS MATERIALIZED (
  SELECT DISTINCT ON (r.system_id, r.object_type, r.source_id)
    c.nth, c.customer_id, r.object_type, r.system_id, r.source_id, coalesce(c.claim_flow_id, c.flow_id) AS flow_id, c.claim_type, c.verdict, c.reason,
    coalesce(c.claimed_at, c.occurred_at) AS since, c.target_type, c.target_system_id, CASE WHEN r.way < 3 THEN c.target_id END AS target_id,
    c.other_ids
  FROM claimed c
  CROSS JOIN LATERAL (
    SELECT w.*
    FROM (VALUES
      (1, c.source_type, c.source_system_id, c.source_id),
      (2, CASE WHEN c.subject_type NOT IN ('transaction', 'record') THEN c.subject_type END, c.system_id, c.subject_id),
      (3, c.target_type, c.target_system_id, c.target_id)
    ) w (way, object_type, system_id, source_id)
    WHERE w.object_type IS NOT NULL AND w.system_id IS NOT NULL AND w.source_id IS NOT NULL
    ORDER BY w.way
    LIMIT 1
  ) r
  ORDER BY r.system_id, r.object_type, r.source_id, c.nth
),
beside AS (
  SELECT
    a.*, coalesce(p.object_type, o.object_type) AS there_type, coalesce(p.system_id, o.system_id) AS there_system_id, p.source_id AS there_id,
    coalesce(p.is_source, o.is_source) AS is_source, o.read_until > a.since AS is_read,
    EXISTS (
      SELECT 1 FROM biz.xref x
      WHERE x.customer_id = a.customer_id AND x.valid_to = 'infinity' AND x.confidence >= 0.50 AND x.left_system_id = a.system_id AND x.left_id = a.source_id
        AND x.relation = CASE a.object_type WHEN 'opportunity' THEN 'project_of_opportunity' ELSE 'same_' || a.object_type END
      UNION ALL
      SELECT 1 FROM biz.xref x
      WHERE x.customer_id = a.customer_id AND x.valid_to = 'infinity' AND x.confidence >= 0.50 AND x.right_system_id = a.system_id AND x.right_id = a.source_id
        AND x.relation = CASE a.object_type WHEN 'project' THEN 'project_of_opportunity' ELSE 'same_' || a.object_type END) AS is_suggested
  FROM about a
  LEFT JOIN LATERAL (
    SELECT l.*
    FROM (
      SELECT 1 AS way, a.target_type AS object_type, a.target_system_id AS system_id, a.target_id AS source_id, false AS is_source
      WHERE a.target_id IS NOT NULL
      UNION ALL
      SELECT 2, CASE a.object_type WHEN 'opportunity' THEN 'project' ELSE a.object_type END, x.right_system_id, x.right_id, false
      FROM biz.xref x
      WHERE x.customer_id = a.customer_id AND x.valid_to = 'infinity' AND x.confidence >= 0.90 AND x.left_system_id = a.system_id AND x.left_id = a.source_id
        AND x.relation = CASE a.object_type WHEN 'opportunity' THEN 'project_of_opportunity' ELSE 'same_' || a.object_type END
      UNION ALL
      SELECT 3, CASE a.object_type WHEN 'project' THEN 'opportunity' ELSE a.object_type END, x.left_system_id, x.left_id, true
      FROM biz.xref x
      WHERE x.customer_id = a.customer_id AND x.valid_to = 'infinity' AND x.confidence >= 0.90 AND x.right_system_id = a.system_id AND x.right_id = a.source_id
        AND x.relation = CASE a.object_type WHEN 'project' THEN 'project_of_opportunity' ELSE 'same_' || a.object_type END
    ) l
    ORDER BY l.way, l.system_id, l.source_id
    LIMIT 1
  ) p ON true
  -- where it would be: the other end of the flow that carries such records, its own flow first
  LEFT JOIN LATERAL (
    SELECT s.object_type, s.system_id, s.is_source, v.read_until
    FROM kpi.verified_flow v
    CROSS JOIN LATERAL (VALUES
      (false, v.target_type, v.target_system_id, v.source_type, v.source_system_id),
      (true, v.source_type, v.source_system_id, v.target_type, v.target_system_id)
    ) s (is_source, object_type, system_id, own_type, own_system_id)
    WHERE v.customer_id = a.customer_id AND s.own_type = a.object_type AND s.own_system_id = a.system_id
    ORDER BY v.flow_id IS DISTINCT FROM a.flow_id, v.object_type IS DISTINCT FROM a.claim_type, s.is_source, v.flow_id, v.object_type
    LIMIT 1
  ) o ON true
),
held AS (
  SELECT
    b.*, h.label AS here_label, h.fields AS here_fields, h.gone_at = 'infinity' AS is_here, t.label AS there_label, t.fields AS there_fields,
    CASE
      WHEN t.gone_at = 'infinity' THEN 'there'
      WHEN b.there_id IS NOT NULL THEN 'gone'
      WHEN b.reason = 'unsure' OR b.is_suggested THEN 'unsure'
      WHEN b.is_read IS NOT TRUE THEN 'unread'
      WHEN b.verdict IN ('missing', 'refused') THEN 'absent'
      -- matching looks at all records of these kinds; of others only a claim can tell
      WHEN b.verdict IS NULL AND NOT b.is_source
        AND (b.object_type, b.there_type) IN (('opportunity', 'project'), ('account', 'account'), ('invoice', 'invoice'), ('resource', 'resource')) THEN 'absent'
      ELSE 'unproven'
    END AS standing
  FROM beside b
  LEFT JOIN LATERAL (
    SELECT k.label, k.fields, k.gone_at FROM kpi.record k
    WHERE k.customer_id = b.customer_id AND k.system_id = b.system_id AND k.object_type = b.object_type AND k.source_id = b.source_id
    OFFSET 0
  ) h ON true
  LEFT JOIN LATERAL (
    SELECT k.label, k.fields, k.gone_at FROM kpi.record k
    WHERE k.customer_id = b.customer_id AND k.system_id = b.there_system_id AND k.object_type = b.there_type AND k.source_id = b.there_id
    OFFSET 0
  ) t ON true
  WHERE h.fields IS NOT NULL AND b.there_type IS NOT NULL
)
SELECT
  h.object_type AS here_type, m.key AS here_system, m.role AS here_role, h.source_id AS here_id, h.here_label, h.here_fields, h.is_here, h.there_type,
  y.key AS there_system, y.role AS there_role, h.there_id, h.there_label, h.there_fields, h.is_source,
  CASE WHEN h.is_source THEN kpi.differing(h.there_fields, h.here_fields, g.fields) ELSE kpi.differing(h.here_fields, h.there_fields, g.fields) END AS differing,
  coalesce(h.other_ids, '{}') AS other_ids, h.standing
FROM held h
JOIN ops.system m ON m.customer_id = h.customer_id AND m.system_id = h.system_id
LEFT JOIN ops.system y ON y.customer_id = h.customer_id AND y.system_id = h.there_system_id
LEFT JOIN ops.flow f ON f.customer_id = h.customer_id AND f.flow_id = h.flow_id
CROSS JOIN LATERAL (
  SELECT jsonb_agg(c.field || jsonb_strip_nulls(jsonb_build_object('tolerance', w.tolerance))) AS fields
  FROM jsonb_array_elements(CAST(:compared AS jsonb) -> CASE WHEN h.is_source THEN h.there_type || ' ' || h.object_type ELSE h.object_type || ' ' || h.there_type END) c (field)
  LEFT JOIN LATERAL (
    SELECT e.entry -> 'tolerance' AS tolerance FROM jsonb_array_elements(f.agreed) e (entry)
    WHERE e.entry ->> 'field' = c.field ->> 'name'
    LIMIT 1
  ) w ON true
) g
ORDER BY h.nth
LIMIT CAST(:row_limit AS int)
