-- Invoices issued in a period, and whether they had to be taken back within 60 days.
-- expects: parameters customer_ids, since, until, as_of
-- gives:   issued, one row per invoice posted in [since, until): net (null: not known), currency, posted_at, taken_at (first credit note,
--          full credit or cancellation; infinity: none so far), outcome:
--            right         60 days old and not taken back within them
--            taken back    60 days old, and taken back within them
--            too young     not 60 days old; is_taken tells whether it was taken back already
--            unknown       a state nobody could read, or taken back at an unknown time
-- source:  [ours] metrics.md C12: what is not 60 days old is no success yet, and counting only its failures would be unfair
issued AS MATERIALIZED (
  SELECT
    v.*, v.taken_at < v.seen_until AS is_taken,
    CASE
      WHEN v.is_unknown THEN 'unknown'
      WHEN v.posted_at + interval '60 days' > v.seen_until THEN 'too young'
      WHEN v.taken_at < least(v.posted_at + interval '60 days', v.seen_until) THEN 'taken back'
      ELSE 'right'
    END AS outcome
  FROM (
    SELECT
      l.customer_id, l.system_id, l.invoice_id, l.number, i.account_ref, i.project_ref, i.net, CAST(i.currency AS text) AS currency, l.posted_at,
      least(l.voided_at, l.deleted_at, coalesce(n.posted_at, CAST('infinity' AS timestamptz))) AS taken_at, l.is_unknown,
      coalesce(CAST(:as_of AS timestamptz), kpi.as_of()) + interval '1 microsecond' AS seen_until
    FROM kpi.invoice_life l
    JOIN biz.invoice i ON i.customer_id = l.customer_id AND i.system_id = l.system_id AND i.source_id = l.invoice_id
    LEFT JOIN LATERAL (
      SELECT min(n.posted_at) AS posted_at
      FROM biz.invoice n
      WHERE n.customer_id = l.customer_id AND n.system_id = l.system_id AND n.credits_ref = l.invoice_id AND n.kind = 'credit'
        AND n.state IN ('posted', 'sent', 'part_paid', 'paid') AND n.deleted_at IS NULL
    ) n ON true
    WHERE l.customer_id = ANY (CAST(:customer_ids AS int[])) AND NOT l.is_credit
      -- an unread state has no posting; it counts where the invoice was made
      AND CASE WHEN l.is_unknown THEN l.drafted_at ELSE l.posted_at END >= CAST(:since AS timestamptz)
      AND CASE WHEN l.is_unknown THEN l.drafted_at ELSE l.posted_at END < CAST(:until AS timestamptz)
  ) v
  WHERE v.is_unknown OR v.posted_at < v.seen_until
)
