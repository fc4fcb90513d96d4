-- What became of the standard value of the work of a period: billed at which price, lost, or still waiting.
-- expects: look (customer_id int, at timestamptz, time_zone text), one row per customer: what happened at or after `at` has not happened;
--          parameters customer_ids, since, until
-- gives:   realized, one row per piece of billable work and invoice, and one for the rest of it: standard (value at contracted rates; null:
--          not known), billed (its share of the invoice's lines for work; null: not billed, or not known), outcome:
--            billed        on an issued invoice
--            lost          written off, made non-billable, or not billed 90 days after it was done
--            waiting       younger than that
--            unknown       a bill that nobody could read, or without lines for work
-- source:  [ours] metrics.md C13; what was deleted was a mistake and is left out
span AS MATERIALIZED (  -- the zone is asked once, not for every piece
  SELECT
    k.customer_id, k.at AS cut_at, CAST(CAST(:since AS timestamptz) AT TIME ZONE k.time_zone AS date) AS first_day,
    CAST(:until AS timestamptz) AT TIME ZONE k.time_zone AS until_local,
    CAST((k.at - interval '1 microsecond') AT TIME ZONE k.time_zone AS date) AS last_day
  FROM look k
),
seen AS NOT MATERIALIZED (  -- all work of the customers: an invoice bears work of other months too
  SELECT
    w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.account_ref, w.worked_on, w.hours, w.amount,
    CAST(w.currency AS text) AS currency, w.leaves_at, w.left_how, k.cut_at, w.phase, w.phase_from, w.phase_to, w.phase_share, w.phase_invoice,
    k.last_day - w.worked_on AS age_days,
    w.opens_at < k.cut_at AND w.worked_on >= k.first_day AND CAST(w.worked_on AS timestamp) < k.until_local
      AND NOT (w.left_how IS NOT DISTINCT FROM 'deleted' AND w.leaves_at < k.cut_at) AS is_of_period
  FROM span k
  JOIN kpi.work w ON w.customer_id = k.customer_id
  WHERE w.customer_id = ANY (CAST(:customer_ids AS int[]))
),
-- on one bill as a whole or on none: nearly all of it, told without taking its history apart, which only the rest is handed on with
stood AS MATERIALIZED (
  SELECT
    w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.account_ref, w.worked_on, w.hours, w.amount, w.currency, w.is_of_period,
    w.cut_at, w.age_days, w.left_how, w.leaves_at, m.is_mixed,
    CASE WHEN NOT m.is_mixed AND w.phase_from[m.place] < w.cut_at AND w.phase_to[m.place] >= w.cut_at THEN w.phase_invoice[m.place] END AS invoice_id,
    CASE WHEN m.is_mixed THEN w.phase END AS phase, CASE WHEN m.is_mixed THEN w.phase_from END AS phase_from,
    CASE WHEN m.is_mixed THEN w.phase_to END AS phase_to, CASE WHEN m.is_mixed THEN w.phase_share END AS phase_share,
    CASE WHEN m.is_mixed THEN w.phase_invoice END AS phase_invoice
  FROM seen w
  CROSS JOIN LATERAL (
    SELECT
      p.place,
      CASE WHEN w.phase = '{}' THEN false WHEN w.phase = '{billed}' THEN w.phase_share[1] < 1
        ELSE 'unknown' = ANY (w.phase) OR cardinality(array_positions(w.phase, 'billed')) > 1 OR coalesce(w.phase_share[p.place] < 1, false)
      END AS is_mixed
    FROM (SELECT array_position(w.phase, 'billed') AS place OFFSET 0) p
    OFFSET 0
  ) m
  WHERE w.is_of_period OR w.phase <> '{}'
),
phased AS MATERIALIZED (
  SELECT x.*
  FROM (
    SELECT
      w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.account_ref, w.worked_on, w.hours, w.amount, w.currency, w.is_of_period,
      w.cut_at, unnest(w.phase) AS phase, unnest(w.phase_from) AS from_at, unnest(w.phase_to) AS to_at, unnest(w.phase_share) AS share,
      unnest(w.phase_invoice) AS invoice_id
    FROM stood w
    WHERE w.is_mixed
  ) x
  WHERE x.phase IN ('billed', 'unknown') AND x.from_at < x.cut_at AND x.to_at >= x.cut_at
),
bill_of_period AS MATERIALIZED (
  SELECT w.invoice_id FROM stood w WHERE w.is_of_period AND w.invoice_id IS NOT NULL
  UNION
  SELECT x.invoice_id FROM phased x WHERE x.is_of_period
),
on_invoice AS (  -- worth: its share of the bill at contracted rates; worth_billed: what of that is billed, not only of a bill that nobody could read
  SELECT
    w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.account_ref, w.worked_on, w.hours, w.currency, w.is_of_period, w.invoice_id,
    w.amount AS worth, w.amount AS worth_billed, true AS is_billed, false AS is_unknown
  FROM stood w
  WHERE w.invoice_id IS NOT NULL
  UNION ALL
  SELECT
    x.customer_id, x.system_id, x.item_type, x.item_id, x.project_ref, x.account_ref, x.worked_on, x.hours * sum(x.share), x.currency, x.is_of_period,
    x.invoice_id, x.amount * sum(x.share), x.amount * sum(x.share) FILTER (WHERE x.phase = 'billed'), bool_or(x.phase = 'billed'),
    bool_or(x.phase = 'unknown')
  FROM phased x
  GROUP BY x.customer_id, x.system_id, x.item_type, x.item_id, x.project_ref, x.account_ref, x.worked_on, x.hours, x.amount, x.currency,
    x.is_of_period, x.invoice_id
),
bill_price AS (  -- of every bill that bears work of the period, with the work of other months that is on it
  SELECT
    b.customer_id, b.system_id, b.invoice_id,
    CASE WHEN NOT bool_or(b.has_unknown) AND sum(b.worth) > 0 AND min(b.currency) = max(b.currency)
          AND NOT coalesce(bool_or(b.net_unknown), false) AND coalesce(min(b.line_currency) = min(b.currency) AND max(b.line_currency) = min(b.currency), true)
      THEN sum(b.net) / sum(b.worth) END AS price
  FROM (
    SELECT
      x.customer_id, x.system_id, x.invoice_id, x.worth_billed AS worth, x.is_billed AND x.worth IS NULL AS has_unknown,
      CASE WHEN x.is_billed THEN x.currency END AS currency, CAST(NULL AS numeric) AS net, CAST(NULL AS boolean) AS net_unknown, CAST(NULL AS text) AS line_currency
    FROM on_invoice x
    WHERE x.is_of_period OR x.invoice_id IN (SELECT o.invoice_id FROM bill_of_period o)
    UNION ALL
    SELECT l.customer_id, l.system_id, l.invoice_ref, NULL, NULL, NULL, l.net, l.net IS NULL, CAST(l.currency AS text)
    FROM biz.invoice_line l
    WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND l.kind IN ('time', 'expense') AND l.deleted_at IS NULL
  ) b
  GROUP BY b.customer_id, b.system_id, b.invoice_id
),
realized AS (
  SELECT
    b.customer_id, b.system_id, b.item_type, b.item_id, b.project_ref, b.account_ref, b.worked_on, b.currency, b.invoice_id, b.hours,
    round(b.worth, 4) AS standard, round(b.worth * p.price, 4) AS billed,
    CASE WHEN b.is_unknown OR p.price IS NULL OR b.worth IS NULL THEN 'unknown' ELSE 'billed' END AS outcome, CAST(NULL AS text) AS lost_how
  FROM (SELECT x.* FROM on_invoice x WHERE x.is_of_period) b
  -- a join of so many rows that nobody can foretell becomes a loop; a full one never does
  FULL JOIN bill_price p ON p.customer_id = b.customer_id AND p.system_id = b.system_id AND p.invoice_id = b.invoice_id
  WHERE coalesce(b.is_of_period, false)
  UNION ALL
  SELECT
    w.customer_id, w.system_id, w.item_type, w.item_id, w.project_ref, w.account_ref, w.worked_on, w.currency, NULL,
    w.hours * (1 - b.share), w.amount - round(w.amount * b.share, 4), NULL,
    CASE WHEN w.amount IS NULL THEN 'unknown' WHEN w.leaves_at < w.cut_at OR w.age_days > 90 THEN 'lost' ELSE 'waiting' END,
    CASE WHEN w.leaves_at < w.cut_at THEN w.left_how WHEN w.age_days > 90 THEN 'old' END
  FROM stood w
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(x.share), 0) AS share
    FROM unnest(w.phase, w.phase_from, w.phase_to, w.phase_share) x (phase, from_at, to_at, share)
    WHERE w.is_mixed AND x.phase IN ('billed', 'unknown') AND x.from_at < w.cut_at AND x.to_at >= w.cut_at
    OFFSET 0
  ) b
  WHERE w.is_of_period AND w.invoice_id IS NULL AND b.share < 0.999
)
