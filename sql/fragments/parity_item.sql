-- Records that two systems have to hold alike, by the time at which they came about, each in its cell.
-- expects: params customer_ids int[]; since, until, as_of timestamptz (as_of null: now)
-- gives:   parity_item, one row per record of either side: outcome equal, different, source_only, target_only, unsure (a counterpart by a rule that
--          is no proof), not_read (one side has not been read so far) or pending (the promised time may still bring it; not counted);
--          v_source, v_target, value numeric (the source's amount, else the target's) and currency, where both sides are in one currency.
--          Seen from an earlier instant, what broke later is equal still
-- source:  kpi.parity, kept by metrics.parity
parity_now AS (SELECT coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) AS at),
parity_item AS MATERIALIZED (
  SELECT
    k.customer_id, k.flow_id, k.source_id, k.target_id, k.source_type, k.target_type, k.source_system_id, k.target_system_id, k.match, k.rule,
    k.confidence, k.differing, k.at, k.broken_at, k.label, m.currency,
    CASE WHEN m.currency IS NOT NULL THEN k.source_amount END AS v_source, CASE WHEN m.currency IS NOT NULL THEN k.target_amount END AS v_target,
    CASE WHEN m.currency IS NOT NULL THEN coalesce(k.source_amount, k.target_amount) END AS value,
    CASE
      WHEN k.cell = 'waiting' THEN CASE WHEN k.decide_at > n.at THEN 'pending' ELSE 'not_read' END
      -- a source without its target that a link names had it once
      WHEN k.broken_at > n.at AND (k.cell = 'different' OR k.cell = 'source_only' AND k.rule IS NOT NULL) THEN 'equal'
      WHEN k.cell IN ('different', 'source_only', 'target_only') AND k.broken_at > n.at THEN 'pending'
      ELSE k.cell
    END AS outcome
  FROM kpi.parity k
  CROSS JOIN parity_now n
  CROSS JOIN LATERAL (
    SELECT CAST(CASE WHEN coalesce(k.source_currency = k.target_currency, true) THEN coalesce(k.source_currency, k.target_currency) END AS text) AS currency
  ) m
  WHERE k.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND k.at >= CAST(:since AS timestamptz) AND k.at < CAST(:until AS timestamptz) AND k.at <= n.at
)
