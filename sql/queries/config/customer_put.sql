-- Writes one customer; one that was stopped starts again.
-- grain:   one row
-- params:  partner, customer text; value jsonb; now timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.customer (partner_id, key, name, time_zone, country, locale, currency, billing_cut_off, retention_months, review, own_work, stopped_at,
  changed_at)
SELECT
  p.partner_id, CAST(:customer AS text), v ->> 'name', v ->> 'time_zone', v ->> 'country', v ->> 'locale', v ->> 'currency',
  nullif(v -> 'billing_cut_off', 'null'), CAST(v ->> 'retention_months' AS int), nullif(v -> 'review', 'null'),
  nullif(v -> 'own_work', 'null'), NULL, CAST(:now AS timestamptz)
FROM (SELECT CAST(:value AS jsonb) AS v) given
JOIN ops.partner p ON p.key = CAST(:partner AS text)
ON CONFLICT (partner_id, key) DO UPDATE SET
  name = excluded.name, time_zone = excluded.time_zone, country = excluded.country, locale = excluded.locale, currency = excluded.currency,
  billing_cut_off = excluded.billing_cut_off, retention_months = excluded.retention_months, review = excluded.review,
  own_work = excluded.own_work, stopped_at = NULL, changed_at = excluded.changed_at
