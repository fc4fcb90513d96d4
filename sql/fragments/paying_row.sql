-- The invoices that something is owed on, with what of it counts.
-- expects: paying (fragment of that name); parameter customer_ids
-- gives:   paying_row, one row per invoice in the columns of rows, and owed numeric; likely float8 (that it is paid by then); by_at timestamptz
paying_row AS (
  SELECT
    p.customer_id, y.key AS system_key, p.invoice_id AS item_id, concat_ws(', ', coalesce(p.number, p.invoice_id), coalesce(a.name, p.account_ref)) AS label,
    nullif(p.posted_at, CAST('infinity' AS timestamptz)) AS at, p.outcome, p.counts IS NOT NULL AND p.currency IS NOT NULL AS in_numerator,
    false AS in_denominator, p.counts IS NULL AS is_unknown,
    CASE WHEN isfinite(p.posted_at) THEN CAST(extract(epoch FROM p.cut_at - p.posted_at) AS float8) END AS value, p.counts AS amount, p.currency,
    CAST(NULL AS text) AS flow_key, CASE WHEN NOT p.is_unknown THEN p.amount END AS owed, p.likely, p.by_at
  FROM paying p
  JOIN ops.system y ON y.customer_id = p.customer_id AND y.system_id = p.system_id
  LEFT JOIN biz.account a ON a.customer_id = p.customer_id AND a.system_id = p.system_id AND a.source_id = p.account_ref
)
