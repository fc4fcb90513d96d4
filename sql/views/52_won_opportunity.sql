-- Opportunities that were won and need delivery, with what was promised for their project.
-- grain:   one row per opportunity that is or once was won
-- columns: customer_id, system_id int; opportunity_id, number, reference, name, account_ref (after merges), account text; amount numeric;
--          currency text; won_at timestamptz; is_won_at_known boolean (false: won_at is when we learned of it); unwon_at timestamptz
--          (lost, re-opened or deleted later; infinity: not); flow_id, flow_key, to_system_id of the flow that creates its project (null:
--          no flow does, or nothing was promised then); deadline_seconds, calendar_id; due_at timestamptz (null: no promise, or a
--          calendar that is not filled); read_until timestamptz: up to when the systems that should hold its project have been read
-- source:  metrics.md C1; due in business time: 4.6
CREATE VIEW kpi.won_opportunity WITH (security_invoker = true) AS
SELECT
  o.customer_id, o.system_id, o.source_id AS opportunity_id, o.number, o.reference, o.name,
  coalesce(a.merged_into_ref, o.account_ref) AS account_ref, coalesce(heir.name, a.name) AS account, o.amount,
  CAST(o.currency AS text) AS currency,
  won.at AS won_at, o.won_at IS NOT NULL AS is_won_at_known,
  coalesce(least(CASE WHEN NOT o.is_won THEN coalesce(o.lost_at, o.source_updated_at, o.last_seen_at) END, o.deleted_at),
           CAST('infinity' AS timestamptz)) AS unwon_at,
  f.flow_id, f.flow_key, f.to_system_id, f.deadline_seconds, f.calendar_id,
  CASE
    WHEN o.won_at IS NULL THEN NULL
    WHEN f.calendar_id IS NULL THEN o.won_at + make_interval(secs => f.deadline_seconds)
    WHEN used_up.at <= used_up.closes_at THEN used_up.at
  END AS due_at,
  coalesce(r.read_until, CASE WHEN held.exists THEN CAST('infinity' AS timestamptz) ELSE CAST('-infinity' AS timestamptz) END) AS read_until
FROM biz.opportunity o
LEFT JOIN biz.account a ON a.customer_id = o.customer_id AND a.system_id = o.system_id AND a.source_id = o.account_ref
LEFT JOIN biz.account heir ON heir.customer_id = a.customer_id AND heir.system_id = a.system_id AND heir.source_id = a.merged_into_ref
CROSS JOIN LATERAL (SELECT coalesce(o.won_at, o.source_updated_at, o.first_seen_at) AS at) won
LEFT JOIN LATERAL (
  SELECT f.flow_id, f.key AS flow_key, f.to_system_id, p.deadline_seconds, p.calendar_id
  FROM ops.flow f
  JOIN ops.flow_promise p ON p.customer_id = f.customer_id AND p.flow_id = f.flow_id AND p.valid_from <= won.at AND won.at < p.valid_to
  WHERE f.customer_id = o.customer_id AND f.workflow = 'opportunity_to_project'
    AND coalesce(f.from_system_id, o.system_id) = o.system_id
    AND coalesce(f.removed_at > won.at, true)
  ORDER BY f.flow_id
  LIMIT 1
) f ON true
CROSS JOIN LATERAL (SELECT o.customer_id, f.calendar_id, o.won_at AS since, f.deadline_seconds AS seconds) asked
-- include: open_deadline
-- a project that we could not have seen yet is not missing
LEFT JOIN LATERAL (
  SELECT max(upper(k.windows)) AS read_until
  FROM kpi.stream_read k
  WHERE k.customer_id = o.customer_id AND k.object = 'project' AND k.system_id = coalesce(f.to_system_id, k.system_id)
) r ON true
LEFT JOIN LATERAL (
  SELECT true AS exists
  FROM biz.project p
  WHERE r.read_until IS NULL AND p.customer_id = o.customer_id AND p.system_id = coalesce(f.to_system_id, p.system_id)
  LIMIT 1
) held ON true
WHERE o.requires_delivery AND (o.is_won OR o.won_at IS NOT NULL);
