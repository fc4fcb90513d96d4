-- The latest rows of the ledger.
-- grain:   one row per poll, newest first
-- params:  customer_ids int[]; as_of, since timestamptz (since null: all); system_key, stream text (null: all); row_limit int (null: all)
-- columns: customer text; system_key, role, stream, outcome, error text; started_at, finished_at, window_from, window_to timestamptz;
--          pages, rows_new, rows_changed, rows_unchanged, rows_deleted, rows_quarantined int
-- source:  the poll ledger
SELECT c.name AS customer, s.key AS system_key, s.role, p.stream, p.outcome, p.error, p.started_at, p.finished_at, p.window_from,
       p.window_to, p.pages, p.rows_new, p.rows_changed, p.rows_unchanged, p.rows_deleted, p.rows_quarantined
FROM ops.poll p
JOIN ops.system s ON s.customer_id = p.customer_id AND s.system_id = p.system_id
JOIN ops.customer c ON c.customer_id = p.customer_id
WHERE p.customer_id = ANY (CAST(:customer_ids AS int[])) AND p.started_at <= CAST(:as_of AS timestamptz)
  AND (CAST(:since AS timestamptz) IS NULL OR p.started_at > CAST(:since AS timestamptz))
  AND (CAST(:system_key AS text) IS NULL OR s.key = CAST(:system_key AS text))
  AND (CAST(:stream AS text) IS NULL OR p.stream = CAST(:stream AS text))
ORDER BY p.started_at DESC, p.poll_id DESC
LIMIT CAST(:row_limit AS int)
