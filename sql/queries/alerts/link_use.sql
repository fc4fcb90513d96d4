-- Uses up a link, and every other one of the same alert for the same addressee; the first of two wins.
-- grain:   one row when the link was good, else none
-- params:  customer_ids int[]; token_sha256 bytea; at timestamptz
-- columns: customer_id int; alert_id bigint; addressee text
-- source:  a link is good once, until it ends
WITH good AS (
  SELECT l.customer_id, l.alert_id, l.addressee
  FROM ops.alert_link l
  WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND l.token_sha256 = CAST(:token_sha256 AS bytea)
    AND l.used_at IS NULL AND l.expires_at > CAST(:at AS timestamptz)
  FOR UPDATE
),
used AS (
  UPDATE ops.alert_link l
  SET used_at = CAST(:at AS timestamptz)
  FROM good g
  WHERE l.customer_id = g.customer_id AND l.alert_id = g.alert_id AND l.addressee = g.addressee AND l.used_at IS NULL
)
SELECT g.customer_id, g.alert_id, g.addressee
FROM good g
