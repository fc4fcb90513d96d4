-- Technical trouble hour by hour with the kind of system it is about: what incidents over several customers are put together from.
-- grain:   one row per exception and hour in which it happened
-- params:  customer_ids int[]; since, as_of timestamptz
-- columns: customer_id, partner_id int; customer, brand, time_zone, locale, flow, role, kind, error_class, fingerprint text; exception_id bigint;
--          began_at, last_at timestamptz; records, open_records bigint; value_at_risk numeric (the exception's; null: unknown); currency text
-- source:  product.md I16, for the partner's own people alone (app.staff); exceptions of class technical that
--          say what sort of trouble they are. A rule of the business is nobody's outage
SELECT
  e.customer_id, c.partner_id, c.name AS customer,
  coalesce(p.brand ->> 'name', p.name) AS brand, c.time_zone, coalesce(c.locale, p.locale) AS locale, f.name AS flow, s.role, s.kind,
  e.error_class, e.fingerprint, e.exception_id, h.began_at, h.last_at, h.records, h.open_records, e.value_at_risk,
  CAST(e.currency AS text) AS currency
FROM (
  SELECT
    o.customer_id, o.exception_id, date_trunc('hour', o.occurred_at, 'UTC') AS hour, min(o.occurred_at) AS began_at, max(o.occurred_at) AS last_at,
    count(*) AS records, count(*) FILTER (WHERE o.cleared_at IS NULL) AS open_records
  FROM ops.exception_occurrence o
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND o.occurred_at >= CAST(:since AS timestamptz)
    AND o.occurred_at <= CAST(:as_of AS timestamptz) AND o.cleared_at IS DISTINCT FROM o.occurred_at
  GROUP BY o.customer_id, o.exception_id, date_trunc('hour', o.occurred_at, 'UTC')
) h
JOIN ops.exception e ON e.customer_id = h.customer_id AND e.exception_id = h.exception_id
JOIN ops.system s ON s.customer_id = e.customer_id AND s.system_id = e.system_id
JOIN ops.customer c ON c.customer_id = e.customer_id
JOIN ops.partner p ON p.partner_id = c.partner_id
LEFT JOIN ops.flow f ON f.customer_id = e.customer_id AND f.flow_id = e.flow_id
WHERE current_setting('app.staff', true) = 'on' AND e.class = 'technical' AND e.state <> 'merged'
  AND e.error_class IN ('connection', 'intermittent', 'rate_limit', 'authentication', 'parse', 'value', 'missing')
ORDER BY h.began_at, e.customer_id, e.exception_id
