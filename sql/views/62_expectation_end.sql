-- What may satisfy an expectation, one kind of effect a branch.
-- grain:   one row per subject and record that may satisfy it
-- columns: customer_id int; event text; system_id int, subject_id text (the subject's); at timestamptz (since when it was there);
--          gone_at timestamptz (infinity: it is there); is_dated boolean (false: it was there at `at`, nobody knows since when);
--          is_certain boolean (false: a rule that is no proof, or a record nobody could read); end_system_id int; end_id text;
--          subject_type text (null: the event is of one kind of record only)
-- source:  [ours] product.md I2. A record that tells no time of its making was made when we saw it first; of one that came with the first
--          reading of its system nobody knows since when it was there
CREATE VIEW kpi.expectation_end WITH (security_invoker = true) AS
SELECT
  p.customer_id, 'project_ready' AS event, p.opportunity_system_id AS system_id, p.opportunity_id AS subject_id, p.created_at AS at,
  p.gone_at, true AS is_dated, p.is_fact AS is_certain, p.system_id AS end_system_id, p.project_id AS end_id, CAST(NULL AS text) AS subject_type
FROM kpi.project_of_opportunity p
WHERE p.is_usable OR NOT p.is_fact
UNION ALL
SELECT
  k.customer_id, 'task_planned', k.system_id, k.project_ref, coalesce(k.created_at, k.first_seen_at),
  coalesce(k.deleted_at, CAST('infinity' AS timestamptz)), k.created_at IS NOT NULL OR f.at < k.first_seen_at, true, k.system_id, k.source_id, NULL
FROM biz.task k
JOIN (SELECT f.customer_id, f.system_id, min(f.first_seen_at) AS at FROM biz.task f GROUP BY f.customer_id, f.system_id) f
  ON f.customer_id = k.customer_id AND f.system_id = k.system_id
WHERE k.project_ref IS NOT NULL
UNION ALL
SELECT
  k.customer_id, 'project_staffed', k.system_id, k.project_ref, coalesce(k.created_at, k.first_seen_at),
  coalesce(k.deleted_at, CAST('infinity' AS timestamptz)), k.created_at IS NOT NULL OR f.at < k.first_seen_at, true, k.system_id, k.source_id, NULL
FROM biz.assignment k
JOIN (SELECT f.customer_id, f.system_id, min(f.first_seen_at) AS at FROM biz.assignment f GROUP BY f.customer_id, f.system_id) f
  ON f.customer_id = k.customer_id AND f.system_id = k.system_id
WHERE k.resource_ref IS NOT NULL
UNION ALL
-- work on drafts and bills, one after the other without a gap counts as one stay; parts of it on several only when they make it whole
SELECT
  w.customer_id, w.item_type || '_on_bill', w.system_id, w.item_id, lower(r.stay), upper(r.stay), isfinite(lower(r.stay)), isfinite(lower(r.stay)),
  w.system_id,
  (SELECT min(x.invoice_id) FROM unnest(w.phase_from, w.phase_invoice) x (from_at, invoice_id) WHERE x.from_at = lower(r.stay)), NULL
FROM kpi.work w
CROSS JOIN LATERAL (
  SELECT range_agg(tstzrange(x.from_at, x.to_at)) FILTER (WHERE x.share > 0.999) AS stays
  FROM unnest(w.phase, w.phase_from, w.phase_to, w.phase_share) x (phase, from_at, to_at, share)
  WHERE x.phase IN ('draft', 'billed')
  UNION ALL
  SELECT range_intersect_agg(y.stays)
  FROM (
    SELECT range_agg(tstzrange(x.from_at, x.to_at)) AS stays, max(x.share) AS share
    FROM unnest(w.phase, w.phase_from, w.phase_to, w.phase_share, w.phase_invoice) x (phase, from_at, to_at, share, invoice_id)
    WHERE x.phase IN ('draft', 'billed') AND x.share <= 0.999
    GROUP BY x.invoice_id
  ) y
  HAVING sum(y.share) > 0.999
) s
CROSS JOIN LATERAL unnest(s.stays) r (stay)
UNION ALL
SELECT w.customer_id, w.item_type || '_on_bill', w.system_id, w.item_id, x.from_at, x.to_at, false, false, w.system_id, x.invoice_id, NULL
FROM kpi.work w
CROSS JOIN LATERAL unnest(w.phase, w.phase_from, w.phase_to, w.phase_invoice) x (phase, from_at, to_at, invoice_id)
WHERE x.phase = 'unknown'
UNION ALL
SELECT
  m.customer_id, 'milestone_on_bill', m.system_id, m.milestone_id, greatest(i.drafted_at, m.linked_at),
  least(i.voided_at, i.deleted_at, m.unlinked_at), true, i.is_unknown IS FALSE AND isfinite(greatest(i.drafted_at, m.linked_at)), m.system_id,
  coalesce(l.invoice_ref, m.line_id), NULL
FROM (
  SELECT m.customer_id, m.system_id, m.source_id AS milestone_id, m.invoice_line_ref AS line_id, CAST('-infinity' AS timestamptz) AS linked_at,
    CAST('infinity' AS timestamptz) AS unlinked_at
  FROM biz.milestone m
  WHERE m.invoice_line_ref IS NOT NULL
  UNION ALL
  SELECT b.customer_id, b.system_id, b.object_ref, b.invoice_line_ref, coalesce(b.valid_from, CAST('-infinity' AS timestamptz)),
    coalesce(least(b.valid_to, b.deleted_at), CAST('infinity' AS timestamptz))
  FROM biz.billing_link b
  WHERE b.object_type = 'milestone'
) m
LEFT JOIN biz.invoice_line l ON l.customer_id = m.customer_id AND l.system_id = m.system_id AND l.source_id = m.line_id
LEFT JOIN kpi.invoice_life i ON i.customer_id = l.customer_id AND i.system_id = l.system_id AND i.invoice_id = l.invoice_ref
WHERE i.is_credit IS NOT TRUE
UNION ALL
SELECT
  i.customer_id, 'invoice_issued', i.system_id, i.invoice_id, i.posted_at, CAST('infinity' AS timestamptz), i.posted_precision <> 'observed',
  true, i.system_id, i.invoice_id, NULL
FROM kpi.invoice_life i
WHERE i.posted_at < 'infinity'
UNION ALL
SELECT
  i.customer_id, 'invoice_sent', i.system_id, i.source_id, i.sent_at, CAST('infinity' AS timestamptz), true, true, i.system_id, i.source_id, NULL
FROM biz.invoice i
WHERE i.sent_at IS NOT NULL
UNION ALL
-- the same number in another system, no draft there
SELECT
  i.customer_id, 'invoice_mirrored', i.system_id, i.source_id, m.first_seen_at, coalesce(m.deleted_at, CAST('infinity' AS timestamptz)),
  f.at < m.first_seen_at, m.state <> 'unknown', m.system_id, m.source_id, NULL
FROM biz.invoice i
JOIN biz.invoice m ON m.customer_id = i.customer_id AND m.number = i.number AND m.system_id <> i.system_id AND m.kind = i.kind
  AND m.state NOT IN ('draft', 'approved')
JOIN (SELECT f.customer_id, f.system_id, min(f.first_seen_at) AS at FROM biz.invoice f GROUP BY f.customer_id, f.system_id) f
  ON f.customer_id = m.customer_id AND f.system_id = m.system_id
UNION ALL
-- a link of accounts is told once, in either direction
SELECT
  x.customer_id, 'account_linked', x.system_id, x.source_id, a.first_seen_at, coalesce(a.deleted_at, CAST('infinity' AS timestamptz)),
  f.at < a.first_seen_at, x.confidence >= 0.90, x.other_system_id, x.other_id, NULL
FROM (
  SELECT x.customer_id, x.left_system_id AS system_id, x.left_id AS source_id, x.right_system_id AS other_system_id, x.right_id AS other_id, x.confidence
  FROM biz.xref x
  WHERE x.relation = 'same_account' AND x.valid_to = 'infinity' AND x.confidence >= 0.50
  UNION ALL
  SELECT x.customer_id, x.right_system_id, x.right_id, x.left_system_id, x.left_id, x.confidence
  FROM biz.xref x
  WHERE x.relation = 'same_account' AND x.valid_to = 'infinity' AND x.confidence >= 0.50
) x
JOIN biz.account a ON a.customer_id = x.customer_id AND a.system_id = x.other_system_id AND a.source_id = x.other_id
JOIN (SELECT f.customer_id, f.system_id, min(f.first_seen_at) AS at FROM biz.account f GROUP BY f.customer_id, f.system_id) f
  ON f.customer_id = a.customer_id AND f.system_id = a.system_id
UNION ALL
SELECT
  r.customer_id, 'resource_linked', r.system_id, r.source_id, o.first_seen_at, coalesce(o.deleted_at, CAST('infinity' AS timestamptz)),
  f.at < o.first_seen_at, true, o.system_id, o.source_id, NULL
FROM biz.resource r
JOIN biz.resource o ON o.customer_id = r.customer_id AND o.system_id <> r.system_id
  AND (upper(trim(o.employee_no)) = upper(trim(r.employee_no)) OR lower(trim(o.email)) = lower(trim(r.email)))
JOIN (SELECT f.customer_id, f.system_id, min(f.first_seen_at) AS at FROM biz.resource f GROUP BY f.customer_id, f.system_id) f
  ON f.customer_id = o.customer_id AND f.system_id = o.system_id
UNION ALL
-- recognised at the latest when the record was changed last
SELECT
  s.customer_id, 'revenue_recognised', s.system_id, s.source_id, coalesce(s.source_updated_at, s.last_seen_at),
  coalesce(s.deleted_at, CAST('infinity' AS timestamptz)), false, true, s.system_id, s.source_id, NULL
FROM biz.revenue_schedule s
WHERE s.recognised IS NOT NULL AND s.recognised >= coalesce(s.planned, s.recognised)
UNION ALL
-- a later contract with the same account
SELECT
  k.customer_id, 'contract_followed', k.system_id, k.source_id, n.first_seen_at, coalesce(n.deleted_at, CAST('infinity' AS timestamptz)),
  f.at < n.first_seen_at, true, n.system_id, n.source_id, NULL
FROM biz.contract k
JOIN biz.contract n ON n.customer_id = k.customer_id AND n.system_id = k.system_id AND n.account_ref = k.account_ref
  AND n.source_id <> k.source_id AND n.starts_on > k.starts_on AND n.starts_on >= k.ends_on - 90
JOIN (SELECT f.customer_id, f.system_id, min(f.first_seen_at) AS at FROM biz.contract f GROUP BY f.customer_id, f.system_id) f
  ON f.customer_id = n.customer_id AND f.system_id = n.system_id
UNION ALL
SELECT b.customer_id, 'booked', b.system_id, b.source_id, b.at, b.gone_at, b.is_dated, b.is_certain, b.end_system_id, b.end_id, b.object_type
FROM kpi.booked b
UNION ALL
-- the line that it names; else one of its contract for a day of its period, which is no proof where the contract has two dates in it
SELECT b.customer_id, 'schedule_on_bill', b.system_id, b.source_id, b.at, b.gone_at, true, b.is_certain, b.system_id, b.end_id, NULL
FROM (
  SELECT DISTINCT
    s.customer_id, s.system_id, s.source_id, i.drafted_at AS at, least(i.voided_at, i.deleted_at, l.deleted_at) AS gone_at,
    l.is_proof AND i.is_unknown IS FALSE AND isfinite(i.drafted_at) AS is_certain, coalesce(l.invoice_ref, s.invoice_line_ref) AS end_id
  FROM biz.billing_schedule s
  JOIN LATERAL (
    SELECT l.invoice_ref, l.deleted_at, true AS is_proof
    FROM biz.invoice_line l
    WHERE l.customer_id = s.customer_id AND l.system_id = s.system_id AND l.source_id = s.invoice_line_ref
    UNION ALL
    SELECT l.invoice_ref, l.deleted_at, NOT EXISTS (
      SELECT
      FROM biz.billing_schedule o
      WHERE o.customer_id = s.customer_id AND o.system_id = s.system_id AND o.contract_ref = s.contract_ref AND o.source_id <> s.source_id
        AND l.billed_for BETWEEN o.period_from AND o.period_to AND o.deleted_at IS NULL)
    FROM biz.invoice_line l
    WHERE l.customer_id = s.customer_id AND l.system_id = s.system_id AND l.contract_ref = s.contract_ref
      AND l.billed_for BETWEEN s.period_from AND s.period_to AND s.invoice_line_ref IS NULL
  ) l ON true
  LEFT JOIN kpi.invoice_life i ON i.customer_id = s.customer_id AND i.system_id = s.system_id AND i.invoice_id = l.invoice_ref
  WHERE i.is_credit IS NOT TRUE
) b;
