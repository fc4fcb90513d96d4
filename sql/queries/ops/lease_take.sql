-- Takes the lease of a stream, when nobody holds it or its holder let it run out.
-- grain:   one row when it was taken, none otherwise
-- params:  customer_id, system_id int; stream, holder text; seconds float8
-- columns: stream text
-- source:  the database's clock, which all workers share
WITH free AS (
  SELECT l.customer_id, l.system_id, l.stream
  FROM ops.lease l
  WHERE l.customer_id = CAST(:customer_id AS int)
    AND l.system_id = CAST(:system_id AS int)
    AND l.stream = CAST(:stream AS text)
    AND (l.holder IS NULL OR l.until < clock_timestamp())
  FOR UPDATE SKIP LOCKED
)
UPDATE ops.lease l
SET holder = CAST(:holder AS text), until = clock_timestamp() + make_interval(secs => CAST(:seconds AS double precision))
FROM free f
WHERE l.customer_id = CAST(:customer_id AS int) AND l.customer_id = f.customer_id AND l.system_id = f.system_id AND l.stream = f.stream
RETURNING l.stream
