-- Since which day a customer's or a flow's days do not train what is usual, because something about it is open.
-- expects: trend_look; params customer_ids int[]; by text
-- gives:   held_baseline (customer_id, part, since_day date; from_at, until_at timestamptz: a day that was over between them is judged without the
--          days from since_day on)
-- source:  metrics.md 4.4: freeze the baseline during an open incident. [ours] Open are an unusual number of exceptions, from the day that told it
--          on, and technical trouble of the flow that is urgent or important. What a person waived is how it is now: its days train. Of the
--          customer as a whole only what stands at no flow: of fifty flows one is always in trouble
held_baseline AS MATERIALIZED (
  SELECT DISTINCT
    o.customer_id, CASE WHEN CAST(:by AS text) = 'flow' THEN f.key ELSE p.part END AS part,
    CAST(o.occurred_at AT TIME ZONE l.time_zone AS date) - CAST(e.rule = 'unusual_day' AS int) AS since_day,
    o.occurred_at AS from_at, coalesce(o.cleared_at, CAST('infinity' AS timestamptz)) AS until_at
  FROM trend_look l
  JOIN ops.exception e ON e.customer_id = l.customer_id AND e.state <> 'waived' AND e.class = 'technical'
    AND (e.rule = 'unusual_day' OR CAST(:by AS text) = 'flow' AND e.severity <= 2)
  JOIN ops.exception_occurrence o ON o.customer_id = e.customer_id AND o.exception_id = e.exception_id
    AND o.cleared_at IS DISTINCT FROM o.occurred_at AND o.occurred_at < l.at
    AND (o.cleared_at IS NULL OR o.cleared_at > kpi.instant(CAST(l.first_day AS timestamp), l.time_zone))
  LEFT JOIN ops.flow f ON f.customer_id = o.customer_id AND f.flow_id = o.flow_id AND f.removed_at IS NULL
  LEFT JOIN trend_part p ON p.customer_id = o.customer_id AND CAST(:by AS text) IS DISTINCT FROM 'flow'
  WHERE o.customer_id = ANY (CAST(:customer_ids AS int[])) AND e.customer_id = ANY (CAST(:customer_ids AS int[]))
    AND CASE WHEN CAST(:by AS text) = 'flow' THEN f.flow_id IS NOT NULL ELSE o.flow_id IS NULL END
)
