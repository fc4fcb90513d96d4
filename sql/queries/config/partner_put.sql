-- Writes one partner, and what an hour of its people costs.
-- grain:   one row
-- params:  partner text; value jsonb; now timestamptz
-- columns: none
-- source:  configuration
WITH
given AS (SELECT CAST(:value AS jsonb) AS v),
written AS (
  INSERT INTO ops.partner (key, name, hosts, time_zone, locale, brand, mail, alert_days, changed_at)
  SELECT
    CAST(:partner AS text), v ->> 'name', ARRAY(SELECT jsonb_array_elements_text(v -> 'hosts')),
    v ->> 'time_zone', v ->> 'locale', v -> 'brand', nullif(v -> 'mail', 'null'), CAST(v ->> 'alert_days' AS int), CAST(:now AS timestamptz)
  FROM given
  ON CONFLICT (key) DO UPDATE SET
    name = excluded.name, hosts = excluded.hosts, time_zone = excluded.time_zone, locale = excluded.locale,
    brand = excluded.brand, mail = excluded.mail, alert_days = excluded.alert_days, changed_at = excluded.changed_at
  RETURNING partner_id
)
INSERT INTO ops.hourly_cost (partner_id, rates)
SELECT w.partner_id, nullif(g.v -> 'hourly_cost', 'null')
FROM written w
CROSS JOIN given g
ON CONFLICT (partner_id) DO UPDATE SET rates = excluded.rates
