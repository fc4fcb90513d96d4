-- What of what is owed counts, by part and currency.
-- expects: cut; paying (fragment of that name); parameters customer_ids int[]; by text (account, system or null)
-- gives:   paying_sum, one row per customer, part and currency in the columns of a figure; a customer that is owed nothing has one row with a
--          null value
-- include: account_name
,
placed AS (
  SELECT
    p.*, CASE CAST(:by AS text) WHEN 'account' THEN coalesce(a.name, p.account_ref, '(none)') WHEN 'system' THEN y.key ELSE '' END AS part
  FROM paying p
  JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id
  LEFT JOIN account_name a ON a.customer_id = p.customer_id AND a.system_id = p.system_id AND a.ref = p.account_ref
),
counted AS (
  SELECT
    p.customer_id, p.part, p.currency, sum(p.counts) AS value, count(*) FILTER (WHERE p.counts IS NULL) AS unknown, count(p.counts) AS sample,
    sum(p.amount) FILTER (WHERE p.counts IS NULL AND NOT p.is_unknown) AS doubtful, bool_or(p.is_unknown) AS has_unread,
    sum(p.amount) FILTER (WHERE NOT p.is_unknown) AS owed, count(*) FILTER (WHERE p.is_own AND p.counts IS NOT NULL) AS by_own_history
  FROM placed p
  GROUP BY p.customer_id, p.part, p.currency
),
paying_sum AS (
  SELECT
    n.customer_id, n.part, n.currency, CASE WHEN n.currency IS NOT NULL THEN n.value END AS value,
    CASE WHEN n.currency IS NOT NULL THEN n.value END AS numerator, CAST(NULL AS numeric) AS denominator, n.unknown, n.sample,
    CASE WHEN n.doubtful > 0 AND NOT n.has_unread THEN CAST(coalesce(n.value, 0) AS float8) END AS low,
    CASE WHEN n.doubtful > 0 AND NOT n.has_unread THEN CAST(coalesce(n.value, 0) + n.doubtful AS float8) END AS high, n.owed, n.by_own_history
  FROM counted n
  UNION ALL
  SELECT c.customer_id, '', NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, 0
  FROM cut c
  WHERE CAST(:by AS text) IS NULL AND NOT EXISTS (SELECT FROM counted n WHERE n.customer_id = c.customer_id)
)
