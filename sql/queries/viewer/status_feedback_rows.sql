-- The invoices behind: Status feedback, the wrong ones first.
-- grain:   one row per invoice issued in the period and system that should know it
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); row_limit int (null: all)
-- columns: customer_id int; system_key text (that should know), item_id, label text; at timestamptz (issued); outcome text (returned,
--          different, missing, pending, unknown; what both say); in_numerator, in_denominator, is_unknown boolean; value float8 (seconds since
--          the state changed); amount numeric (net); currency, flow_key text
-- source:  as the figure's
WITH
-- include: status_feedback
SELECT
  f.customer_id, f.told_key AS system_key, f.invoice_id AS item_id,
  concat_ws(', ', coalesce(f.number, f.invoice_id), coalesce(a.name, f.account_ref)) AS label, f.posted_at AS at,
  CASE f.outcome WHEN 'different' THEN 'different: ' || f.own_state || ', there ' || f.told_state
                 WHEN 'missing' THEN 'missing: ' || f.own_state ELSE f.outcome END AS outcome,
  f.outcome = 'returned' AS in_numerator, f.outcome IN ('returned', 'different', 'missing') AS in_denominator, f.outcome = 'unknown' AS is_unknown,
  CAST(extract(epoch FROM f.seen_at - f.changed_at) AS float8) AS value, f.net AS amount, CASE WHEN f.net IS NOT NULL THEN f.currency END AS currency,
  f.flow_key
FROM feedback f
LEFT JOIN biz.account a ON a.customer_id = f.customer_id AND a.system_id = f.system_id AND a.source_id = f.account_ref
ORDER BY f.outcome IN ('different', 'missing') DESC, f.outcome = 'unknown' DESC, f.posted_at, f.customer_id, f.invoice_id, f.told_key
LIMIT CAST(:row_limit AS bigint)
