-- Lists the exceptions of one customer of which something was written, or all of them.
-- grain:   one row of pg_temp.age_subject per exception
-- params:  customer_id int; source text (queue); everything boolean
-- columns: rows written
-- source:  every pass of detection stamps the exceptions that it changed and every act of a person raises the version; events are counted besides, and
--          what merging and undoing it recounts
WITH
standing AS (
  SELECT
    CAST(e.exception_id AS text) AS subject,
    concat_ws(' ', extract(epoch FROM e.last_seen_at), e.version, e.class, e.occurrences, e.system_id, extract(epoch FROM e.first_seen_at), v.n, v.last) AS state
  FROM ops.exception e
  LEFT JOIN (
    SELECT v.exception_id, count(*) AS n, max(v.event_id) AS last
    FROM ops.exception_event v
    WHERE v.customer_id = CAST(:customer_id AS int)
    GROUP BY v.exception_id
  ) v ON v.exception_id = e.exception_id
  WHERE e.customer_id = CAST(:customer_id AS int)
),
-- include: age_changed
INSERT INTO pg_temp.age_subject (subject, state)
SELECT c.subject, c.state
FROM changed c
