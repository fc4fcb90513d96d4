-- Whether the state of an invoice has come back to the systems that should know it: CRM and PSA against billing or ERP.
-- expects: parameters customer_ids, since, until, as_of
-- gives:   feedback, one row per invoice issued in [since, until) by the system that owns invoices and system that should know: own_state,
--          told_state (issued, part paid, paid, taken back, not issued; null: not there, or nobody knows), outcome:
--            returned      both say the same
--            different     they do not, although the promised time has passed (24 hours where no flow promises one)
--            missing       it is not there at all, although that time has passed
--            pending       the state changed less than that time ago
--            unknown       how it stood then is not told, or nobody reads invoices from the system that a flow writes them to
-- source:  [ours] metrics.md C17; the owner of invoices is the first of billing, ERP, PSA that holds any
holder AS MATERIALIZED (
  SELECT
    y.customer_id, y.system_id, y.key, y.role,
    row_number() OVER (PARTITION BY y.customer_id ORDER BY CASE y.role WHEN 'billing' THEN 1 WHEN 'erp' THEN 2 WHEN 'psa' THEN 3 ELSE 4 END, y.system_id) AS rank
  FROM ops.system y
  WHERE y.customer_id = ANY (CAST(:customer_ids AS int[])) AND y.role IN ('billing', 'erp', 'psa', 'crm')
    AND EXISTS (SELECT FROM biz.invoice i WHERE i.customer_id = y.customer_id AND i.system_id = y.system_id)
),
promise AS (
  SELECT DISTINCT ON (f.customer_id, f.to_system_id) f.customer_id, f.to_system_id, f.key, p.deadline_seconds
  FROM ops.flow f
  JOIN ops.flow_promise p ON p.customer_id = f.customer_id AND p.flow_id = f.flow_id AND p.valid_to > CAST(:since AS timestamptz)
  WHERE f.customer_id = ANY (CAST(:customer_ids AS int[])) AND f.workflow LIKE 'invoice\_status%' AND f.removed_at IS NULL
  ORDER BY f.customer_id, f.to_system_id, p.valid_from DESC
),
pair AS (  -- owner of invoices, and who should know
  SELECT o.customer_id, o.system_id, h.system_id AS told_system_id, h.key AS told_key, true AS is_read
  FROM holder o
  JOIN holder h ON h.customer_id = o.customer_id AND h.rank > 1
  WHERE o.rank = 1
  UNION ALL
  SELECT o.customer_id, o.system_id, p.to_system_id, y.key, false
  FROM holder o
  JOIN promise p ON p.customer_id = o.customer_id AND p.to_system_id <> o.system_id
  JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.to_system_id AND y.role IN ('crm', 'psa')
  WHERE o.rank = 1 AND NOT EXISTS (SELECT FROM holder h WHERE h.customer_id = p.customer_id AND h.system_id = p.to_system_id)
),
stated AS MATERIALIZED (  -- every invoice as it stood at the instant one looks from
  SELECT
    i.customer_id, i.system_id, i.source_id, i.number, i.account_ref, i.kind, i.net, CAST(i.currency AS text) AS currency, e.at AS event_at,
    k.changed_at, k.seen_at,
    CASE CASE WHEN k.changed_at <= k.seen_at THEN i.state ELSE e.to_value END
      WHEN 'posted' THEN 'issued' WHEN 'sent' THEN 'issued' WHEN 'part_paid' THEN 'part paid' WHEN 'paid' THEN 'paid' WHEN 'void' THEN 'taken back'
      WHEN 'credited' THEN 'taken back' WHEN 'draft' THEN 'not issued' WHEN 'approved' THEN 'not issued'
    END AS state
  FROM biz.invoice i
  CROSS JOIN LATERAL (
    SELECT coalesce(i.source_updated_at, i.last_seen_at) AS changed_at, coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) AS seen_at
  ) k
  LEFT JOIN LATERAL (
    SELECT e.at, e.to_value
    FROM biz.state_event e
    WHERE e.customer_id = i.customer_id AND e.system_id = i.system_id AND e.object_type = 'invoice' AND e.source_id = i.source_id AND e.field = 'state'
      AND e.at <= k.seen_at
    ORDER BY e.at DESC
    LIMIT 1
  ) e ON true
  WHERE i.customer_id = ANY (CAST(:customer_ids AS int[])) AND coalesce(i.deleted_at > k.seen_at, true)
    AND coalesce(i.created_at, i.posted_at, i.first_seen_at) <= k.seen_at
),
numbered AS MATERIALIZED (
  SELECT DISTINCT ON (s.customer_id, s.system_id, upper(trim(s.number))) s.customer_id, s.system_id, upper(trim(s.number)) AS number_key, s.source_id, s.state
  FROM stated s
  WHERE s.kind = 'invoice' AND s.number IS NOT NULL
  ORDER BY s.customer_id, s.system_id, upper(trim(s.number)), s.source_id
),
sure AS MATERIALIZED (
  SELECT DISTINCT ON (e.customer_id, e.system_id, e.invoice_id, e.other_system_id) e.*
  FROM (
    SELECT x.customer_id, x.left_system_id AS system_id, x.left_id AS invoice_id, x.right_system_id AS other_system_id, x.right_id AS other_id
    FROM biz.xref x
    WHERE x.customer_id = ANY (CAST(:customer_ids AS int[])) AND x.relation = 'same_invoice' AND x.confidence >= 0.90 AND x.valid_to = 'infinity'
    UNION ALL
    SELECT x.customer_id, x.right_system_id, x.right_id, x.left_system_id, x.left_id
    FROM biz.xref x
    WHERE x.customer_id = ANY (CAST(:customer_ids AS int[])) AND x.relation = 'same_invoice' AND x.confidence >= 0.90 AND x.valid_to = 'infinity'
  ) e
  ORDER BY e.customer_id, e.system_id, e.invoice_id, e.other_system_id, e.other_id
),
told AS MATERIALIZED (
  SELECT
    p.customer_id, p.system_id, l.invoice_id, p.told_system_id, p.told_key, p.is_read, l.posted_at, s.number, s.account_ref, s.net, s.currency,
    s.state AS own_state, coalesce(s.event_at, least(s.changed_at, s.seen_at), l.posted_at) AS changed_at, s.seen_at, t.state AS told_state,
    t.source_id IS NOT NULL AS is_there, m.key AS flow_key, make_interval(secs => coalesce(m.deadline_seconds, 86400)) AS allowed
  FROM pair p
  JOIN kpi.invoice_life l ON l.customer_id = p.customer_id AND l.system_id = p.system_id AND NOT l.is_credit
    AND l.posted_at >= CAST(:since AS timestamptz) AND l.posted_at < CAST(:until AS timestamptz)
  JOIN stated s ON s.customer_id = l.customer_id AND s.system_id = l.system_id AND s.source_id = l.invoice_id AND l.posted_at <= s.seen_at
  LEFT JOIN promise m ON m.customer_id = p.customer_id AND m.to_system_id = p.told_system_id
  LEFT JOIN sure k ON k.customer_id = p.customer_id AND k.system_id = p.system_id AND k.invoice_id = l.invoice_id AND k.other_system_id = p.told_system_id
  LEFT JOIN stated x ON x.customer_id = p.customer_id AND x.system_id = k.other_system_id AND x.source_id = k.other_id
  LEFT JOIN numbered b ON b.customer_id = p.customer_id AND b.system_id = p.told_system_id AND b.number_key = upper(trim(s.number))
  CROSS JOIN LATERAL (SELECT coalesce(x.source_id, b.source_id) AS source_id, CASE WHEN x.source_id IS NOT NULL THEN x.state ELSE b.state END AS state) t
),
feedback AS MATERIALIZED (
  SELECT
    t.*,
    CASE
      WHEN NOT t.is_read OR t.own_state IS NULL OR t.is_there AND t.told_state IS NULL THEN 'unknown'
      WHEN t.told_state = t.own_state THEN 'returned'
      WHEN t.changed_at + t.allowed > t.seen_at THEN 'pending'
      WHEN t.is_there THEN 'different'
      ELSE 'missing'
    END AS outcome
  FROM told t
)
