-- I1: of the records that runs claim to have written, which share do the systems hold as they should? Claimed and verified, side by side.
-- grain:   one row per customer and part by count (currency null), null when nothing could be checked; and one more per currency, by value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (null, flow, workflow, object, system, day)
-- columns: customer_id int; part, currency text; value float8 0..1; numerator (confirmed), denominator (checked) numeric; unknown (not checked, and
--          by value: without an amount), sample bigint; low, high float8 (all that is not checked wrong, or right);
--          claimed, refused numeric (the log says written, or not written); claimed_share float8; confirmed, missing, stale, different,
--          duplicate, unclaimed, not_checked numeric (money in a currency); not_checked by reason; unknown_amount numeric; unnamed bigint (good
--          transactions that name no record: nothing of theirs can be checked; by count, null in parts by object, system and day);
--          cut_off text (up to when claims could be checked at the flow that is furthest behind)
-- source:  product.md I1; fragment verified
WITH
-- include: verified
,
-- include: parts
,
-- alike in all that is asked of them, they are weighed together
placed AS MATERIALIZED (
  SELECT
    v.customer_id, v.outcome, v.reason, v.currency, v.amount IS NOT NULL AS has_amount, CAST(count(*) AS numeric) AS n, sum(v.amount) AS amount,
    CASE CAST(:by AS text)
      WHEN 'flow' THEN f.key
      WHEN 'workflow' THEN f.workflow
      WHEN 'object' THEN v.object_type
      WHEN 'system' THEN coalesce(y.key, '(none)')
      WHEN 'day' THEN to_char(v.due_at AT TIME ZONE c.time_zone, 'YYYY-MM-DD')
      ELSE ''
    END AS part
  FROM verified v
  JOIN ops.customer c ON c.customer_id = v.customer_id
  JOIN ops.flow f ON f.customer_id = v.customer_id AND f.flow_id = v.flow_id
  LEFT JOIN ops.system y ON y.customer_id = v.customer_id AND y.system_id = v.target_system_id
  GROUP BY 1, 2, 3, 4, 5, 8
),
asked AS (
  SELECT p.customer_id, p.part, CAST(NULL AS text) AS currency FROM part p WHERE CAST(:by AS text) IS DISTINCT FROM 'system'
  UNION
  SELECT p.customer_id, p.part, m.currency
  FROM placed p
  CROSS JOIN LATERAL (SELECT CAST(NULL AS text) AS currency UNION ALL SELECT p.currency WHERE p.has_amount AND p.currency IS NOT NULL) m
),
weighed AS (
  SELECT
    q.customer_id, q.part, q.currency, p.outcome, p.reason, p.n,
    CASE WHEN q.currency IS NULL THEN p.n WHEN p.currency = q.currency THEN p.amount ELSE 0 END AS weight,
    q.currency IS NULL OR p.currency = q.currency AND p.has_amount AS is_weighed,
    q.currency IS NOT NULL AND (NOT p.has_amount OR p.currency IS NULL) AS is_worthless
  FROM asked q
  JOIN placed p ON p.customer_id = q.customer_id AND p.part = q.part
),
summed AS (
  SELECT
    q.customer_id, q.part, q.currency,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome NOT IN ('unclaimed', 'refused')), 0) AS claimed,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'refused'), 0) AS refused,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'confirmed'), 0) AS confirmed,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'missing'), 0) AS missing,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'stale'), 0) AS stale,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'different'), 0) AS different,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'duplicate'), 0) AS duplicate,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'unclaimed'), 0) AS unclaimed,
    coalesce(sum(w.weight) FILTER (WHERE w.outcome = 'not_checked'), 0) AS not_checked,
    coalesce(sum(w.weight) FILTER (WHERE w.reason = 'no_rule'), 0) AS no_rule,
    coalesce(sum(w.weight) FILTER (WHERE w.reason = 'no_key'), 0) AS no_key,
    coalesce(sum(w.weight) FILTER (WHERE w.reason = 'unsure'), 0) AS unsure,
    coalesce(sum(w.weight) FILTER (WHERE w.reason = 'not_read'), 0) AS not_read,
    coalesce(sum(w.weight) FILTER (WHERE w.reason = 'pending'), 0) AS pending,
    coalesce(sum(w.weight) FILTER (WHERE w.reason = 'quarantined'), 0) AS quarantined,
    coalesce(sum(w.weight) FILTER (WHERE w.reason = 'no_promise'), 0) AS no_promise,
    coalesce(sum(w.weight) FILTER (WHERE w.reason = 'no_value'), 0) AS no_value,
    CAST(coalesce(sum(w.n) FILTER (WHERE w.is_weighed AND w.outcome IN ('confirmed', 'missing', 'stale', 'different', 'duplicate')), 0) AS bigint) AS sample,
    CAST(coalesce(sum(w.n) FILTER (
      WHERE w.is_weighed AND w.outcome = 'not_checked' OR w.is_worthless AND w.outcome NOT IN ('unclaimed', 'refused')), 0) AS bigint) AS unknown
  FROM asked q
  LEFT JOIN weighed w ON w.customer_id = q.customer_id AND w.part = q.part AND w.currency IS NOT DISTINCT FROM q.currency
  GROUP BY q.customer_id, q.part, q.currency
),
share AS (
  SELECT s.*, s.confirmed + s.missing + s.stale + s.different + s.duplicate AS checked
  FROM summed s
),
unnamed AS (
  SELECT f.customer_id, f.part, count(*) AS transactions
  FROM part_of_flow f
  JOIN raw.run r ON r.customer_id = f.customer_id AND r.flow_id = f.flow_id AND r.due_at >= CAST(:since AS timestamptz)
    AND r.due_at < CAST(:until AS timestamptz) AND r.due_at <= (SELECT n.at FROM verified_now n)
  WHERE r.status = 'success' AND r.object_key IS NULL AND r.trigger <> 'test' AND coalesce(CAST(:by AS text), 'flow') IN ('flow', 'workflow')
    AND NOT EXISTS (
      SELECT FROM raw.run_item i
      WHERE i.customer_id = r.customer_id AND i.system_id = r.system_id AND i.external_id = r.external_id AND i.due_at = r.due_at)
  GROUP BY f.customer_id, f.part
),
behind AS (
  SELECT w.customer_id, to_char(nullif(min(w.cut_off), '-infinity') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS cut_off
  FROM kpi.verified_flow w
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[])) AND w.first_claim_at IS NOT NULL AND w.cut_off < 'infinity'
  GROUP BY w.customer_id
)
SELECT
  s.customer_id, s.part, s.currency, CAST(s.confirmed / nullif(s.checked, 0) AS float8) AS value, s.confirmed AS numerator, s.checked AS denominator,
  s.unknown, s.sample,
  CAST(s.confirmed / nullif(s.checked + s.not_checked, 0) AS float8) AS low,
  CAST((s.confirmed + s.not_checked) / nullif(s.checked + s.not_checked, 0) AS float8) AS high,
  s.claimed, s.refused, CAST(s.claimed / nullif(s.claimed + s.refused, 0) AS float8) AS claimed_share,
  s.confirmed, s.missing, s.stale, s.different, s.duplicate, s.unclaimed, s.not_checked,
  s.no_rule, s.no_key, s.unsure, s.not_read, s.pending, s.quarantined, s.no_promise, s.no_value, s.not_checked AS unknown_amount,
  CASE WHEN s.currency IS NULL AND coalesce(CAST(:by AS text), 'flow') IN ('flow', 'workflow') THEN coalesce(u.transactions, 0) END AS unnamed,
  b.cut_off
FROM share s
LEFT JOIN unnamed u ON u.customer_id = s.customer_id AND u.part = s.part
LEFT JOIN behind b ON b.customer_id = s.customer_id
ORDER BY s.customer_id, s.part, s.currency NULLS FIRST
