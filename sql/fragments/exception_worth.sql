-- What exceptions count and are worth, from what they happened to.
-- expects: chosen (customer_id, exception_id), one row per exception to count; param customer_ids int[]
-- gives:   counted, one row per exception with occurrences: occurrences, open bigint, opened_at, last_occurred_at timestamptz; recent, one
--          row per exception with an open one: recent int[] (kpi.recent, of the last sixteen UTC days: only what is open is put in that order);
--          money, one row per exception: currencies bigint, currency text, amount numeric, is_exact boolean, totals text
-- source:  product.md I5: of what is open, once all is cleared of all there was; what was cleared in the instant it began was none
counted AS (
  SELECT
    o.customer_id, o.exception_id,
    count(*) FILTER (WHERE o.cleared_at IS DISTINCT FROM o.occurred_at) AS occurrences,
    count(*) FILTER (WHERE o.cleared_at IS NULL) AS open,
    min(o.occurred_at) AS opened_at, max(o.occurred_at) AS last_occurred_at
  FROM ops.exception_occurrence o
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND (o.customer_id, o.exception_id) IN (SELECT t.customer_id, t.exception_id FROM chosen t)
  GROUP BY o.customer_id, o.exception_id
),
recent AS (
  SELECT
    n.customer_id, n.exception_id,
    kpi.recent(array_agg(d.last_day - CAST(o.occurred_at AT TIME ZONE 'UTC' AS date) + 1) FILTER (WHERE o.cleared_at IS DISTINCT FROM o.occurred_at))
      AS recent
  FROM counted n
  CROSS JOIN LATERAL (SELECT CAST(n.last_occurred_at AT TIME ZONE 'UTC' AS date) AS last_day) d
  JOIN ops.exception_occurrence o ON o.customer_id = n.customer_id AND o.exception_id = n.exception_id
    AND o.occurred_at >= n.last_occurred_at - interval '17 days'
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND n.open > 0
  GROUP BY n.customer_id, n.exception_id
),
money AS (
  SELECT
    m.customer_id, m.exception_id, count(m.currency) AS currencies, min(m.currency) AS currency, min(m.amount) AS amount,
    bool_and(m.is_exact) AS is_exact,
    string_agg(m.currency || ' ' || trim(to_char(m.amount, '999,999,999,990.00')), ' and ' ORDER BY m.currency) AS totals
  FROM (
    SELECT
      o.customer_id, o.exception_id, CAST(o.currency AS text) AS currency, sum(o.amount) AS amount,
      bool_and(o.amount IS NOT NULL AND o.currency IS NOT NULL AND coalesce(o.message, '') NOT LIKE 'estimated%') AS is_exact
    FROM ops.exception_occurrence o
    JOIN counted n ON n.customer_id = o.customer_id AND n.exception_id = o.exception_id
    WHERE o.customer_id = ANY (CAST(:customer_ids AS int[]))
      AND CASE WHEN n.open > 0 THEN o.cleared_at IS NULL ELSE o.cleared_at IS DISTINCT FROM o.occurred_at END
    GROUP BY o.customer_id, o.exception_id, o.currency
  ) m
  GROUP BY m.customer_id, m.exception_id
)
