-- Writes one partner.
-- grain:   one row
-- params:  partner text; value jsonb; now timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.partner (key, name, hosts, time_zone, locale, brand, mail, changed_at)
SELECT
  CAST(:partner AS text), v ->> 'name', ARRAY(SELECT jsonb_array_elements_text(v -> 'hosts')),
  v ->> 'time_zone', v ->> 'locale', v -> 'brand', nullif(v -> 'mail', 'null'), CAST(:now AS timestamptz)
FROM (SELECT CAST(:value AS jsonb) AS v) given
ON CONFLICT (key) DO UPDATE SET
  name = excluded.name, hosts = excluded.hosts, time_zone = excluded.time_zone, locale = excluded.locale,
  brand = excluded.brand, mail = excluded.mail, changed_at = excluded.changed_at
