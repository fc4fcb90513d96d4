-- Records by the keys that a run or an exception may use for them.
-- expects: trouble (customer_id int, object_type, object_key text), only these keys are looked for; param customer_ids int[]
-- gives:   named, one row per record and key: object_type, system_id, object_id, key (capitals, trimmed), amount, currency (null: of work
--          and of what has no known worth); meant, the one record that is meant by a key: the columns of named and said_system, the system that was
--          said with the key, or 0 where none was
-- source:  metrics.md D5: a run calls a deal by its number, its reference or its id
named AS MATERIALIZED (  -- keys that a run may use for a record
  SELECT p.customer_id, 'opportunity' AS object_type, p.system_id, p.source_id AS object_id, k.key, p.amount, CAST(p.currency AS text) AS currency
  FROM biz.opportunity p
  CROSS JOIN LATERAL (SELECT DISTINCT upper(trim(x.key)) AS key FROM (VALUES (p.number), (p.reference), (p.source_id)) x (key) WHERE x.key IS NOT NULL) k
  WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.key IN (SELECT upper(trim(t.object_key)) FROM trouble t WHERE t.object_type IN ('opportunity', 'project'))
  UNION ALL
  SELECT i.customer_id, 'invoice', i.system_id, i.source_id, k.key, i.net, CAST(i.currency AS text)
  FROM biz.invoice i
  CROSS JOIN LATERAL (SELECT DISTINCT upper(trim(x.key)) AS key FROM (VALUES (i.number), (i.source_id)) x (key) WHERE x.key IS NOT NULL) k
  WHERE i.customer_id = ANY (CAST(:customer_ids AS int[])) AND k.key IN (SELECT upper(trim(t.object_key)) FROM trouble t WHERE t.object_type = 'invoice')
  UNION ALL
  SELECT m.customer_id, 'milestone', m.system_id, m.source_id, upper(m.source_id), m.amount, CAST(m.currency AS text)
  FROM biz.milestone m
  WHERE m.customer_id = ANY (CAST(:customer_ids AS int[])) AND upper(m.source_id) IN (SELECT upper(trim(t.object_key)) FROM trouble t WHERE t.object_type = 'milestone')
  UNION ALL
  SELECT w.customer_id, w.item_type, w.system_id, w.item_id, upper(w.item_id), CAST(NULL AS numeric), CAST(NULL AS text)
  FROM kpi.work w
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND upper(w.item_id) IN (SELECT upper(trim(t.object_key)) FROM trouble t WHERE t.object_type IN ('time_entry', 'expense'))
    -- before anything is read: work is much, and mostly none of it is asked for
    AND EXISTS (SELECT FROM trouble t WHERE t.object_type IN ('time_entry', 'expense'))
),
meant AS MATERIALIZED (
  SELECT DISTINCT ON (n.customer_id, n.object_type, n.key, s.said_system) n.*, s.said_system
  FROM named n
  CROSS JOIN LATERAL (VALUES (0), (n.system_id)) s (said_system)
  ORDER BY n.customer_id, n.object_type, n.key, s.said_system, n.system_id, n.object_id
)
