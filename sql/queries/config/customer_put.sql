-- Writes one customer; one that was stopped starts again. A schedule that a person changed stays while the file says what it said before.
-- grain:   one row
-- params:  partner, customer text; value jsonb; now timestamptz
-- columns: none
-- source:  configuration
INSERT INTO ops.customer AS c (partner_id, key, name, time_zone, country, locale, currency, billing_cut_off, retention_months, review, review_in_file, own_work,
  stopped_at, changed_at)
SELECT
  p.partner_id, CAST(:customer AS text), v ->> 'name', v ->> 'time_zone', v ->> 'country', v ->> 'locale', v ->> 'currency',
  nullif(v -> 'billing_cut_off', 'null'), CAST(v ->> 'retention_months' AS int), nullif(v -> 'review', 'null'),
  nullif(v -> 'review_in_file', 'null'), nullif(v -> 'own_work', 'null'), NULL, CAST(:now AS timestamptz)
FROM (SELECT CAST(:value AS jsonb) AS v) given
JOIN ops.partner p ON p.key = CAST(:partner AS text)
ON CONFLICT (partner_id, key) DO UPDATE SET
  name = excluded.name, time_zone = excluded.time_zone, country = excluded.country, locale = excluded.locale, currency = excluded.currency,
  billing_cut_off = excluded.billing_cut_off, retention_months = excluded.retention_months,
  review = CASE WHEN c.review_in_file IS DISTINCT FROM excluded.review_in_file THEN excluded.review ELSE c.review END,
  review_in_file = excluded.review_in_file, own_work = excluded.own_work, stopped_at = NULL, changed_at = excluded.changed_at
