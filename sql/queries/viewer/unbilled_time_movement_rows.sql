-- The work behind one line of the movement of unbilled work, the dearest first.
-- grain:   one row per piece of work that the line holds
-- params:  customer_ids int[]; since, until, as_of timestamptz (as_of null: now); move text (open, new, billed, reopened, written_off,
--          removed, unknown, close); currency text
-- columns: customer_id int; system_key, item_id, label text; at timestamptz (the day of the work begins); amount numeric, which add up
--          to the line to the cent; currency text
-- source:  as the movement's
WITH
-- include: work_moved
,
line AS (
  SELECT
    m.customer_id, m.system_id, m.item_type, m.item_id, m.currency,
    CASE CAST(:move AS text)
      WHEN 'open' THEN m.open
      WHEN 'new' THEN m.new
      WHEN 'billed' THEN m.billed
      WHEN 'reopened' THEN m.reopened
      WHEN 'written_off' THEN CASE WHEN m.stage = 'left' AND m.left_how = 'written_off' THEN m.rest ELSE 0 END
      WHEN 'removed' THEN CASE WHEN m.stage = 'left' AND m.left_how <> 'written_off' THEN m.rest ELSE 0 END
      WHEN 'unknown' THEN CASE WHEN m.stage <> 'left' THEN m.rest ELSE 0 END
      WHEN 'close' THEN m.close
    END AS amount
  FROM kept m
  WHERE m.currency = CAST(:currency AS text)
)
SELECT
  l.customer_id, y.key AS system_key, l.item_id,
  concat_ws(', ', coalesce(a.name, w.account_ref), coalesce(p.name, w.project_ref), to_char(w.worked_on, 'YYYY-MM-DD'),
            CASE WHEN l.item_type = 'time_entry' THEN round(w.hours, 2) || ' h' ELSE 'expense' END) AS label,
  CAST(w.worked_on AS timestamp) AT TIME ZONE c.time_zone AS at, l.amount, l.currency
FROM line l
JOIN kpi.work w ON w.customer_id = l.customer_id AND w.system_id = l.system_id AND w.item_type = l.item_type AND w.item_id = l.item_id
JOIN ops.customer c ON c.customer_id = l.customer_id
JOIN ops.system y ON y.customer_id = l.customer_id AND y.system_id = l.system_id
LEFT JOIN biz.project p ON p.customer_id = l.customer_id AND p.system_id = l.system_id AND p.source_id = w.project_ref
LEFT JOIN biz.account a ON a.customer_id = l.customer_id AND a.system_id = l.system_id AND a.source_id = w.account_ref
WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND l.amount <> 0
ORDER BY l.amount DESC, l.customer_id, l.system_id, l.item_id
