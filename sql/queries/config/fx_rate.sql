-- The exchange rates that were given.
-- grain:   one row per day, currency and base
-- params:  none
-- columns: path text[] (date, currency, base); value jsonb; is_retired boolean
-- source:  configuration
SELECT
  ARRAY[CAST(x.rate_on AS text), CAST(x.currency AS text), CAST(x.base AS text)] AS path,
  jsonb_build_object('rate', CAST(trim_scale(x.rate) AS text), 'source', x.source) AS value,
  false AS is_retired
FROM ops.fx_rate x
ORDER BY x.rate_on, x.currency, x.base
