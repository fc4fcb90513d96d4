-- Contracts that end soon, and whether a later one with the same account is there.
-- expects: parameters customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   cut (customer_id int, at timestamptz, first_day, last_day date, time_zone text), one row per customer: what happened at or after `at`
--          has not happened; ending, one row per contract that was in force on the first day or later and ends within ninety days after the last: followed_at
--          timestamptz (first seen of the contract that follows; null: none), outcome:
--            renewed       a later contract with its account was there
--            not renewed   none was
--            unknown       it has no account, so that nobody can say which contract follows
-- source:  product.md, KPI 33; the same contracts as the expectation contract-to-renewal
cut AS (
  SELECT
    c.customer_id, c.time_zone, x.at, CAST((x.at - interval '1 microsecond') AT TIME ZONE c.time_zone AS date) AS last_day,
    CAST(CAST(:since AS timestamptz) AT TIME ZONE c.time_zone AS date) AS first_day
  FROM ops.customer c
  CROSS JOIN LATERAL (
    SELECT least(CAST(:until AS timestamptz), coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond') AS at
  ) x
  WHERE c.customer_id = ANY (CAST(:customer_ids AS int[]))
),
ending AS MATERIALIZED (
  SELECT
    k.customer_id, k.system_id, k.source_id AS contract_id, k.number, coalesce(a.merged_into_ref, k.account_ref) AS account_ref, k.ends_on, k.value AS amount,
    CAST(k.currency AS text) AS currency, f.followed_at,
    CASE WHEN k.account_ref IS NULL THEN 'unknown' WHEN f.followed_at IS NOT NULL THEN 'renewed' ELSE 'not renewed' END AS outcome
  FROM cut c
  JOIN biz.contract k ON k.customer_id = c.customer_id AND k.ends_on >= c.first_day AND k.ends_on <= c.last_day + 90
    AND k.first_seen_at < c.at AND coalesce(k.deleted_at >= c.at, true) AND coalesce(k.state NOT IN ('draft', 'quotation', 'rejected'), true)
  LEFT JOIN biz.account a ON a.customer_id = k.customer_id AND a.system_id = k.system_id AND a.source_id = k.account_ref
  LEFT JOIN LATERAL (
    SELECT min(n.first_seen_at) AS followed_at
    FROM biz.contract n
    LEFT JOIN biz.account b ON b.customer_id = n.customer_id AND b.system_id = n.system_id AND b.source_id = n.account_ref
    WHERE n.customer_id = k.customer_id AND n.system_id = k.system_id AND n.source_id <> k.source_id AND n.first_seen_at < c.at
      AND coalesce(b.merged_into_ref, n.account_ref) = coalesce(a.merged_into_ref, k.account_ref) AND coalesce(n.deleted_at >= c.at, true)
      AND n.starts_on > k.starts_on AND n.starts_on >= k.ends_on - 90 AND coalesce(n.state NOT IN ('rejected', 'cancelled', 'canceled'), true)
  ) f ON true
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
)
