-- D1b: how did what customers pay each month change in the period, and by what?
-- grain:   one row per customer, part and currency; a customer with a fee that did not change has a row with 0, one without any a null
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); by text (movement, month or null)
-- columns: customer_id int; part, currency text; value, numerator numeric (what the changes add up to), denominator numeric (null); unknown bigint
--          (0); sample bigint (changes); low, high float8 (null); opening, new, reactivation, expansion, contraction, churn, other_currency,
--          closing numeric: opening + new + reactivation + expansion - contraction - churn + other_currency = closing; opening and closing
--          are null where it is split
-- source:  metrics.md D1 (fragments fee_step, fee_move, fee_standing)
WITH
-- include: fee_step
,
-- include: fee_move
,
-- include: fee_standing
,
placed AS (
  SELECT
    m.customer_id, m.currency, m.movement, m.amount,
    CASE CAST(:by AS text) WHEN 'movement' THEN m.movement WHEN 'month' THEN to_char(m.at AT TIME ZONE s.time_zone, 'YYYY-MM') ELSE '' END AS part
  FROM move m
  JOIN served s ON s.customer_id = m.customer_id
),
part AS (
  SELECT p.customer_id, p.part, p.currency FROM placed p
  UNION
  SELECT s.customer_id, '', CASE WHEN s.fee IS NOT NULL THEN s.currency END
  FROM standing s
  WHERE CAST(:by AS text) IS NULL AND (s.fee IS NOT NULL OR NOT EXISTS (SELECT FROM placed p WHERE p.customer_id = s.customer_id))
),
summed AS (
  SELECT
    p.customer_id, p.part, p.currency, coalesce(sum(m.amount), 0) AS change, count(m.customer_id) AS changes,
    coalesce(sum(m.amount) FILTER (WHERE m.movement = 'new'), 0) AS new,
    coalesce(sum(m.amount) FILTER (WHERE m.movement = 'reactivation'), 0) AS reactivation,
    coalesce(sum(m.amount) FILTER (WHERE m.movement = 'expansion'), 0) AS expansion,
    coalesce(-sum(m.amount) FILTER (WHERE m.movement = 'contraction'), 0) AS contraction,
    coalesce(-sum(m.amount) FILTER (WHERE m.movement = 'churn'), 0) AS churn,
    coalesce(sum(m.amount) FILTER (WHERE m.movement = 'other currency'), 0) AS other_currency
  FROM part p
  LEFT JOIN placed m ON m.customer_id = p.customer_id AND m.part = p.part AND m.currency = p.currency
  GROUP BY p.customer_id, p.part, p.currency
),
begun AS (  -- the fee before the period: of the last step that came before it
  SELECT DISTINCT ON (p.customer_id) p.customer_id, p.fee, coalesce(CASE WHEN p.names_fee THEN p.currency END, p.before_currency) AS currency
  FROM step p
  WHERE p.at < CAST(:since AS timestamptz)
  ORDER BY p.customer_id, p.at DESC
)
SELECT
  t.customer_id, t.part, t.currency, CASE WHEN t.currency IS NOT NULL THEN t.change END AS value,
  CASE WHEN t.currency IS NOT NULL THEN t.change END AS numerator, CAST(NULL AS numeric) AS denominator, CAST(0 AS bigint) AS unknown,
  t.changes AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
  CASE WHEN CAST(:by AS text) IS NULL THEN coalesce(b.fee, 0) END AS opening, t.new, t.reactivation, t.expansion, t.contraction, t.churn,
  t.other_currency, CASE WHEN CAST(:by AS text) IS NULL THEN CASE WHEN s.currency = t.currency THEN s.fee ELSE 0 END END AS closing
FROM summed t
LEFT JOIN begun b ON b.customer_id = t.customer_id AND b.currency = t.currency
LEFT JOIN standing s ON s.customer_id = t.customer_id
ORDER BY t.customer_id, t.part, t.currency
