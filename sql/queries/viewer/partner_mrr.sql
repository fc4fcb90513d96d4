-- D1: what do customers pay the partner each month?
-- grain:   one row per customer, part and currency, never summed across currencies; a customer for whom no fee was ever agreed has a row
--          without currency and with a null value
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (tier or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (money a month), denominator numeric (null); unknown bigint (1: in
--          service without a fee); sample bigint (1: it pays); low, high float8 (null)
-- source:  metrics.md D1 (fragments fee_step, fee_standing): a balance at the end of the period, not what was invoiced
WITH
-- include: fee_step
,
-- include: fee_standing
SELECT
  s.customer_id, CASE CAST(:by AS text) WHEN 'tier' THEN coalesce(s.tier, '(none)') ELSE '' END AS part,
  CASE WHEN s.fee IS NOT NULL THEN s.currency END AS currency, s.fee AS value, s.fee AS numerator, CAST(NULL AS numeric) AS denominator,
  CAST(CAST(s.is_unknown AS int) AS bigint) AS unknown, CAST(CAST(coalesce(s.fee > 0, false) AS int) AS bigint) AS sample,
  CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high
FROM standing s
ORDER BY s.customer_id
