-- What is usual for a flow that knows fewer than six days of a kind: its own days, and for the rest those of the customer's other flows of its workflow.
-- expects: compared (see exception_day); fragment usual
-- gives:   shrunk: compared with of_kind, spread float8 (null: still learning), n_borrowed int (days of other flows)
-- source:  metrics.md 4.4: learn per flow with shrinkage to flow type. [ours] own and borrowed days are a mixture, n sixths its own: its mean, and its
--          variance with how far both middles are apart, so that a flow unlike its kind is not called unusual. From six days on a flow stands for
--          itself. No days of another customer
kin_day AS (
  SELECT x.customer_id, x.part, x.day, cardinality(x.logs) AS n, m.middle, m.spread
  FROM (
    SELECT c.customer_id, c.part, c.day, array_agg(u.log_y) AS logs
    FROM compared c
    JOIN compared h ON h.customer_id = c.customer_id AND h.day = c.day AND h.kin = c.kin AND h.part <> c.part
    CROSS JOIN unnest(CASE WHEN c.class = h.day_class THEN h.own_logs ELSE h.like_logs END) u (log_y)
    WHERE cardinality(c.logs) < 6 AND c.is_known
    GROUP BY c.customer_id, c.part, c.day
    HAVING count(*) >= 6
  ) x
-- include: usual
),
shrunk AS (
  SELECT
    x.*, coalesce(k.n, 0) AS n_borrowed,
    CASE WHEN s.own = 1 THEN m.middle ELSE s.own * coalesce(m.middle, k.middle) + (1 - s.own) * k.middle END AS of_kind,
    CASE WHEN s.own = 1 THEN m.spread
         ELSE sqrt(s.own * coalesce(m.spread, 0) ^ 2 + (1 - s.own) * k.spread ^ 2 + s.own * (1 - s.own) * (coalesce(m.middle, k.middle) - k.middle) ^ 2)
    END AS spread
  FROM compared x
-- include: usual
  LEFT JOIN kin_day k ON k.customer_id = x.customer_id AND k.part = x.part AND k.day = x.day
  CROSS JOIN LATERAL (SELECT least(cardinality(x.logs), 6) / CAST(6 AS float8) AS own) s
)
