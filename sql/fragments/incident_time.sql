-- How long incidents take to some end: the curve of all of them, or with fewer than eight the list.
-- expects: timed (rows of incident with t float8 in seconds; cause: 1 it came to this end, 2 to another, 0 not yet, null: nobody can say),
--          params customer_ids int[]; by text (null, severity or rule)
-- gives:   incident_time, one row per customer and part, in the columns of a figure
-- source:  metrics.md B6 to B8: Kaplan-Meier, a mean restricted to a day; fragments survival, survival_tail
-- include: incident_part
,
item AS (
  SELECT x.customer_id, x.part, CAST(NULL AS text) AS currency, CAST(0 AS float8) AS entry, x.t, x.cause, CAST(1 AS numeric) AS weight
  FROM placed x
  WHERE x.cause IS NOT NULL
),
-- include: survival
,
-- include: survival_tail
,
incident_time AS (
  SELECT
    p.customer_id, p.part, CAST(NULL AS text) AS currency, CASE WHEN count(x.cause) >= 8 THEN min(s.half_at) END AS value,
    CAST(count(x.customer_id) FILTER (WHERE x.cause = 1) AS numeric) AS numerator, CAST(count(x.cause) AS numeric) AS denominator,
    count(x.customer_id) FILTER (WHERE x.cause IS NULL) AS unknown, count(x.cause) AS sample, CAST(NULL AS float8) AS low, CAST(NULL AS float8) AS high,
    CASE WHEN count(x.cause) >= 8 THEN min(t.ninety_at) END AS ninety_at, CASE WHEN count(x.cause) >= 8 THEN min(s.half_low) END AS half_low,
    CASE WHEN count(x.cause) >= 8 THEN min(s.half_high) END AS half_high,
    CASE WHEN count(x.cause) >= 8 THEN min(t.mean_within_1_day) END AS mean_within_1_day,
    count(x.customer_id) FILTER (WHERE x.cause = 0) AS still_open, count(x.customer_id) FILTER (WHERE x.cause = 2) AS ended_otherwise,
    CASE WHEN count(x.cause) < 8 THEN
      coalesce(jsonb_agg(jsonb_build_object(
        'title', x.title, 'onset_at', x.onset_at, 'seconds', x.t,
        'end', CASE x.cause WHEN 1 THEN 'reached' WHEN 2 THEN 'otherwise' WHEN 0 THEN 'not yet' END) ORDER BY x.onset_at)
        FILTER (WHERE x.cause IS NOT NULL), '[]') END AS listed
  FROM part p
  LEFT JOIN placed x ON x.customer_id = p.customer_id AND x.part = p.part
  LEFT JOIN survival_summary s ON s.customer_id = p.customer_id AND s.part = p.part
  LEFT JOIN survival_tail t ON t.customer_id = p.customer_id AND t.part = p.part
  GROUP BY p.customer_id, p.part
)
