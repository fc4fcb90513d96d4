-- Where a piece of work stood with an invoice, and during which time.
-- grain:   one row per piece of work, invoice line and phase; the same share of work can have several, one after the other
-- columns: customer_id, system_id int; item_type, item_id, line_id, invoice_id text; share numeric 0..1 of the work; phase draft,
--          billed, cancelled (void or credited, and still linked) or unknown; from_at, to_at timestamptz, half open
-- source:  [ours] draft is not billed; a credited invoice keeps its link and bills nothing; a deleted draft leaves no trace
CREATE VIEW kpi.billing_phase WITH (security_invoker = true) AS
WITH
link AS (
  SELECT
    b.customer_id, b.system_id, b.object_type AS item_type, b.object_ref AS item_id, b.invoice_line_ref AS line_id, b.share,
    coalesce(b.valid_from, CAST('-infinity' AS timestamptz)) AS linked_at,
    coalesce(least(b.valid_to, b.deleted_at), CAST('infinity' AS timestamptz)) AS unlinked_at
  FROM biz.billing_link b
  WHERE b.object_type IN ('time_entry', 'expense')
  UNION ALL
  SELECT n.customer_id, n.system_id, n.item_type, n.item_id, n.line_id, 1, CAST('-infinity' AS timestamptz), CAST('infinity' AS timestamptz)
  FROM (
    SELECT t.customer_id, t.system_id, 'time_entry' AS item_type, t.source_id AS item_id, t.invoice_line_ref AS line_id
    FROM biz.time_entry t
    WHERE t.invoice_line_ref IS NOT NULL
    UNION ALL
    SELECT x.customer_id, x.system_id, 'expense', x.source_id, x.invoice_line_ref
    FROM biz.expense x
    WHERE x.invoice_line_ref IS NOT NULL
  ) n
  -- a link that is told twice counts once: the one that knows its share and its time
  LEFT JOIN biz.billing_link b ON b.customer_id = n.customer_id AND b.system_id = n.system_id AND b.object_type = n.item_type
    AND b.object_ref = n.item_id AND b.invoice_line_ref = n.line_id AND b.deleted_at IS NULL
  WHERE b.source_id IS NULL
),
linked AS (
  SELECT
    k.customer_id, k.system_id, k.item_type, k.item_id, k.line_id, l.invoice_ref AS invoice_id, k.share, k.linked_at,
    least(k.unlinked_at, l.deleted_at) AS unlinked_at,
    i.drafted_at, i.posted_at, i.voided_at, i.deleted_at,
    -- linked to a line or an invoice that we have not read, or whose state nobody knows: neither billed nor unbilled
    i.invoice_id IS NULL AND l.deleted_at IS NULL OR i.is_unknown AS is_unknown
  FROM link k
  LEFT JOIN biz.invoice_line l ON l.customer_id = k.customer_id AND l.system_id = k.system_id AND l.source_id = k.line_id
  LEFT JOIN kpi.invoice_life i ON i.customer_id = l.customer_id AND i.system_id = l.system_id AND i.invoice_id = l.invoice_ref
  WHERE i.is_credit IS NOT TRUE
),
phased AS (
  SELECT k.*, p.phase, p.from_at AS phase_from, p.to_at AS phase_to
  FROM linked k
  CROSS JOIN LATERAL (VALUES
    ('unknown', CASE WHEN k.is_unknown THEN coalesce(k.drafted_at, CAST('-infinity' AS timestamptz)) END,
                least(k.deleted_at, CAST('infinity' AS timestamptz))),
    ('draft', CASE WHEN NOT k.is_unknown THEN k.drafted_at END, least(k.posted_at, k.voided_at, k.deleted_at)),
    ('billed', CASE WHEN NOT k.is_unknown THEN k.posted_at END, least(k.voided_at, k.deleted_at)),
    ('cancelled', CASE WHEN NOT k.is_unknown THEN k.voided_at END, k.deleted_at)
  ) p (phase, from_at, to_at)
  UNION ALL
  -- the system says billed and names no invoice: billed since it said so
  SELECT
    s.customer_id, s.system_id, s.item_type, s.item_id, NULL, NULL, 1, CAST('-infinity' AS timestamptz), CAST('infinity' AS timestamptz),
    NULL, NULL, NULL, NULL, false, 'billed', coalesce(e.at, s.source_updated_at, s.last_seen_at), CAST('infinity' AS timestamptz)
  FROM (
    SELECT t.customer_id, t.system_id, 'time_entry' AS item_type, t.source_id AS item_id, t.source_updated_at, t.last_seen_at
    FROM biz.time_entry t
    WHERE t.bill_state = 'billed' AND t.invoice_line_ref IS NULL
    UNION ALL
    SELECT x.customer_id, x.system_id, 'expense', x.source_id, x.source_updated_at, x.last_seen_at
    FROM biz.expense x
    WHERE x.bill_state = 'billed' AND x.invoice_line_ref IS NULL
  ) s
  LEFT JOIN biz.billing_link b ON b.customer_id = s.customer_id AND b.system_id = s.system_id AND b.object_type = s.item_type
    AND b.object_ref = s.item_id AND b.deleted_at IS NULL
  LEFT JOIN (
    SELECT e.customer_id, e.system_id, e.object_type, e.source_id, max(e.at) AS at
    FROM biz.state_event e
    WHERE e.object_type IN ('time_entry', 'expense') AND e.field = 'bill_state' AND e.to_value = 'billed'
    GROUP BY e.customer_id, e.system_id, e.object_type, e.source_id
  ) e ON e.customer_id = s.customer_id AND e.system_id = s.system_id AND e.object_type = s.item_type AND e.source_id = s.item_id
  WHERE b.source_id IS NULL
)
SELECT
  p.customer_id, p.system_id, p.item_type, p.item_id, p.line_id, p.invoice_id, p.share, p.phase,
  greatest(p.phase_from, p.linked_at) AS from_at,
  least(p.phase_to, p.unlinked_at) AS to_at
FROM phased p
WHERE p.phase_from IS NOT NULL
  AND greatest(p.phase_from, p.linked_at) < least(p.phase_to, p.unlinked_at);
