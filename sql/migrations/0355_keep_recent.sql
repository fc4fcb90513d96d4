-- How often an exception happened lately, kept where its records are counted, so that a queue of many is put in the order in which they get worse
-- without reading the records of all: recent[n] is how many real ones it had in the last n UTC days, the last of them that of last_occurred_at.
-- Null: not counted since this was added; its records are read then.
ALTER TABLE ops.exception ADD COLUMN recent int[];
GRANT UPDATE (recent) ON ops.exception TO throughline_triage;
CREATE INDEX exception_latest ON ops.exception (customer_id, last_occurred_at DESC, exception_id)
  INCLUDE (recent, occurrences, snoozed_until, snoozed_count, closed_at) WHERE closed_at IS NULL;

-- Days back from the last one, 1 for the last itself, as counts of the last 1, 2, … 16 days.
CREATE FUNCTION kpi.recent(days_back int[]) RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg((SELECT CAST(count(*) AS int) FROM unnest(days_back) b (back) WHERE b.back <= g.n) ORDER BY g.n) FROM generate_series(1, 16) g (n)
$$;
