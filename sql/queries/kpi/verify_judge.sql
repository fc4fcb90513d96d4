-- Holds each claim against what both systems hold. The log is never the proof: a claim that cannot be checked is not checked.
-- grain:   one row of kpi.verification per claim
-- params:  customer_id int; now timestamptz
-- columns: rows written
-- source:  product.md I1; a source that changed after the version that the target shows has the flow's promise to be followed
WITH
target AS MATERIALIZED (
  SELECT
    f.n, r.source_id, r.gone_at, r.fields, r.amount, r.currency, r.version_at, r.first_seen_at, r.label,
    coalesce(r.created_at, r.first_seen_at) AS made_at
  FROM (SELECT f.n, f.target_id, bool_or(f.how = 'told') AS is_told FROM pg_temp.found f WHERE f.how <> 'suggested' GROUP BY f.n, f.target_id) f
  JOIN pg_temp.claim c ON c.n = f.n
  CROSS JOIN LATERAL (
    SELECT r.*
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = c.target_system_id AND r.object_type = c.target_type AND r.source_id = f.target_id
      AND (f.is_told OR NOT r.is_part)
    OFFSET 0
  ) r
),
held AS MATERIALIZED (
  SELECT
    t.n, count(*) FILTER (WHERE t.gone_at = 'infinity') AS live,
    CASE WHEN bool_and(t.amount IS NOT NULL AND t.currency IS NOT NULL) FILTER (WHERE t.gone_at = 'infinity')
           AND count(DISTINCT t.currency) FILTER (WHERE t.gone_at = 'infinity') = 1
         THEN sum(t.amount) FILTER (WHERE t.gone_at = 'infinity') END AS amount,
    array_agg(t.source_id ORDER BY t.gone_at = 'infinity' DESC, t.made_at, t.source_id) AS ids,
    (array_agg(t.made_at ORDER BY t.made_at, t.source_id) FILTER (WHERE t.gone_at = 'infinity'))[2] AS second_at,
    max(t.gone_at) FILTER (WHERE t.gone_at < 'infinity') AS gone_at
  FROM target t
  GROUP BY t.n
),
compared AS (
  SELECT
    c.*, f.flow_id AS rule_flow, f.read_until, f.windows, s.version_at AS source_version, s.amount AS source_amount, s.currency AS source_currency,
    s.label AS source_label, s.points_to, s.is_held, coalesce(h.live, 0) AS live, h.ids, h.second_at, h.gone_at, t.amount AS target_amount,
    t.currency AS target_currency, t.label AS target_label, coalesce(t.version_at, c.claimed_at) AS target_version, p.deadline_seconds, p.calendar_id,
    -- calling the function costs ten times as much as seeing that nothing differs
    CASE WHEN (h.live = 1 OR b.is_booked AND h.live > 1) AND EXISTS (
      SELECT FROM jsonb_array_elements(f.fields) e (f) WHERE w.fields -> (e.f ->> 'name') <> b.fields -> (e.f ->> 'name')
    ) THEN kpi.differing(w.fields, b.fields, f.fields) END AS differing,
    NOT f.is_made AND jsonb_array_length(f.fields) > 0 AND NOT EXISTS (
      SELECT FROM jsonb_array_elements(f.fields) e (f)
      WHERE w.fields ->> (e.f ->> 'name') IS NOT NULL AND b.fields ->> (e.f ->> 'name') IS NOT NULL
    ) AS is_worthless,
    b.is_booked,
    EXISTS (SELECT FROM pg_temp.found x WHERE x.n = c.n AND x.how = 'suggested') AS is_suggested,
    EXISTS (
      SELECT FROM ops.quarantine q
      WHERE q.customer_id = CAST(:customer_id AS int) AND q.system_id = c.target_system_id AND q.state = 'held'
        AND kpi.plain_key(q.record_key) IN (c.target_key, c.plain_key, kpi.plain_key(h.ids[1]))) AS is_quarantined
  FROM pg_temp.claim c
  LEFT JOIN pg_temp.flow_rule f ON f.flow_id = c.flow_id AND f.object_type = c.object_type
  LEFT JOIN held h ON h.n = c.n
  LEFT JOIN target t ON t.n = c.n AND t.source_id = h.ids[1]
  LEFT JOIN LATERAL (
    SELECT r.version_at, r.amount, r.currency, r.fields, r.label, r.points_to, true AS is_held
    FROM kpi.record r
    WHERE r.customer_id = CAST(:customer_id AS int) AND r.system_id = c.source_system_id AND r.object_type = c.source_type AND r.source_id = c.source_id
    OFFSET 0
  ) s ON true
  -- what it should be: by the source, else by the log
  CROSS JOIN LATERAL (
    SELECT CASE WHEN s.is_held THEN s.fields ELSE jsonb_build_object('amount', c.amount, 'currency', trim(c.currency)) END AS fields
    OFFSET 0
  ) w
  -- what is booked in parts is all of them together, each rounded for itself by a cent at most
  CROSS JOIN LATERAL (
    SELECT
      c.target_type IN ('budget', 'project_cost') AS is_booked,
      CASE WHEN c.target_type IN ('budget', 'project_cost') AND h.live > 1
        THEN t.fields || jsonb_build_object(
          'amount', CASE WHEN abs(h.amount - s.amount) <= 0.01 * h.live THEN s.amount ELSE h.amount END,
          'currency', CASE WHEN h.amount IS NOT NULL THEN trim(t.currency) END)
        ELSE t.fields
      END AS fields
    OFFSET 0
  ) b
  LEFT JOIN ops.flow_promise p ON p.customer_id = CAST(:customer_id AS int) AND p.flow_id = c.flow_id AND p.valid_from <= c.due_at AND c.due_at < p.valid_to
),
timed AS (
  SELECT
    m.*,
    m.claimed_at + make_interval(secs => coalesce(m.deadline_seconds, 0)) AS settled_at,
    CASE
      WHEN m.differing IS NULL OR m.source_version IS NULL OR m.source_version <= m.target_version THEN NULL
      WHEN m.deadline_seconds IS NULL THEN CAST('infinity' AS timestamptz)
      WHEN m.calendar_id IS NULL THEN m.source_version + make_interval(secs => m.deadline_seconds)
      ELSE coalesce(kpi.business_deadline(CAST(:customer_id AS int), m.calendar_id, m.source_version, m.deadline_seconds), 'infinity')
    END AS follow_by
  FROM compared m
),
judged AS (
  SELECT
    t.*,
    CASE
      WHEN NOT t.is_written THEN 'refused'
      WHEN t.rule_flow IS NULL THEN 'no_rule'
      WHEN t.settled_at > t.read_until THEN CASE WHEN t.settled_at > CAST(:now AS timestamptz) THEN 'pending' ELSE 'not_read' END
      WHEN t.is_quarantined THEN 'quarantined'
      WHEN t.live > 1 AND t.is_booked IS NOT TRUE THEN 'duplicate'
      WHEN t.live = 0 AND t.is_suggested THEN 'unsure'
      WHEN t.live = 0 AND t.ids IS NULL AND NOT t.windows @> t.claimed_at THEN 'not_read'
      -- nothing was found, and there was nothing to find it by
      WHEN t.live = 0 AND t.ids IS NULL AND t.target_key IS NULL AND t.target_type NOT IN ('project', 'contract')
       AND t.source_id IS NULL THEN 'no_key'
      -- work is handed over long before its bill is written: until a line is named, nothing says that there is one
      WHEN t.live = 0 AND t.ids IS NULL AND t.target_key IS NULL AND t.points_to IS NULL AND t.target_type = 'invoice_line'
       AND t.source_type IN ('time_entry', 'expense', 'billing_schedule') THEN 'no_key'
      WHEN t.live = 0 THEN 'missing'
      WHEN t.is_worthless THEN 'no_value'
      WHEN t.differing IS NULL THEN 'confirmed'
      WHEN t.follow_by IS NULL THEN 'different'
      WHEN t.follow_by = 'infinity' THEN 'no_promise'
      WHEN t.follow_by > t.read_until THEN CASE WHEN t.follow_by > CAST(:now AS timestamptz) THEN 'pending' ELSE 'not_read' END
      ELSE 'stale'
    END AS found
  FROM timed t
)
INSERT INTO kpi.verification (
  customer_id, flow_id, due_at, run_system_id, transaction_key, object_type, source_key, external_id, claimed_at, record_key, verdict, reason,
  broken_at, source_type, source_system_id, source_id, target_type, target_system_id, target_key, target_id, other_ids, differing, amount, currency,
  label, checked_at)
SELECT
  CAST(:customer_id AS int), j.flow_id, j.due_at, j.run_system_id, j.transaction_key, j.object_type, j.source_key, j.external_id, j.claimed_at,
  coalesce(j.plain_key, j.source_key),
  CASE WHEN j.found IN ('no_rule', 'no_key', 'unsure', 'not_read', 'pending', 'quarantined', 'no_promise', 'no_value') THEN 'not_checked' ELSE j.found END,
  CASE WHEN j.found IN ('no_rule', 'no_key', 'unsure', 'not_read', 'pending', 'quarantined', 'no_promise', 'no_value') THEN j.found END,
  CASE j.found
    WHEN 'missing' THEN coalesce(j.gone_at, j.claimed_at)
    WHEN 'duplicate' THEN j.second_at
    WHEN 'different' THEN greatest(j.claimed_at, j.target_version)
    WHEN 'stale' THEN j.follow_by
  END,
  j.source_type, j.source_system_id, j.source_id, j.target_type, j.target_system_id, j.target_key, j.ids[1],
  CASE WHEN j.live > 1 AND j.is_written THEN j.ids[2 : j.live] ELSE '{}' END, j.differing,
  m.amount, m.currency, coalesce(nullif(j.source_label, ''), nullif(j.target_label, ''), j.source_key), CAST(:now AS timestamptz)
FROM judged j
CROSS JOIN LATERAL (
  -- what it should be worth: by the source, else by the log, else by the target
  SELECT v.amount, v.currency
  FROM (VALUES (1, j.source_amount, j.source_currency), (2, j.amount, CAST(j.currency AS text)), (3, j.target_amount, j.target_currency)) v (n, amount, currency)
  ORDER BY v.amount IS NULL OR v.currency IS NULL, v.n
  LIMIT 1
) m
