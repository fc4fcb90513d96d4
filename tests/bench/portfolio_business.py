"""Business records of the portfolio's customers: deals and their projects, work and its bills, and what runs claim to have written."""

from datetime import datetime

from sqlalchemy import Connection, text

PIECES, PROJECTS = 4_000, 40
"""Of each customer: pieces of billable work, two in three of a month billed in the next one, and projects, each of a deal of its own."""

_OURS = "JOIN ops.customer c ON c.customer_id = s.customer_id AND c.key LIKE 'folio-%'"
ESTATE = (
    """
INSERT INTO ops.system (customer_id, key, role, kind)
SELECT c.customer_id, k, k, 'sql' FROM ops.customer c CROSS JOIN unnest(ARRAY['crm', 'psa']) k WHERE c.key LIKE 'folio-%'""",
    f"""
INSERT INTO biz.opportunity (customer_id, system_id, source_id, number, name, stage, is_won, is_lost, amount, currency, created_at, won_at,
                             first_seen_at, last_seen_at)
SELECT s.customer_id, s.system_id, 'O' || n, 'N' || n, 'Deal ' || n, 'won', true, false, 9000, 'USD', d.at, d.at, d.at, d.at
FROM ops.system s {_OURS} CROSS JOIN generate_series(1, :projects) n
CROSS JOIN LATERAL (SELECT CAST(:since AS timestamptz) + make_interval(days => n * 390 / :projects, hours => 12) AS at) d
WHERE s.key = 'crm'""",
    f"""
INSERT INTO biz.project (customer_id, system_id, source_id, opportunity_key, name, is_active, currency, created_at, first_seen_at, last_seen_at)
SELECT s.customer_id, s.system_id, 'P' || n, 'N' || n, 'Project ' || n, true, 'USD', d.at, d.at, d.at
FROM ops.system s {_OURS} CROSS JOIN generate_series(1, :projects) n
CROSS JOIN LATERAL (SELECT CAST(:since AS timestamptz) + make_interval(days => n * 390 / :projects, hours => 13) AS at) d
WHERE s.key = 'psa'""",
    """
INSERT INTO biz.xref (customer_id, relation, left_system_id, left_id, right_system_id, right_id, rule, confidence, valid_from, decided_by)
SELECT o.customer_id, 'project_of_opportunity', o.system_id, o.source_id, p.system_id, p.source_id, 'key', 1, o.created_at, 'key'
FROM biz.opportunity o
JOIN biz.project p ON p.customer_id = o.customer_id AND p.opportunity_key = o.number
JOIN ops.customer c ON c.customer_id = o.customer_id AND c.key LIKE 'folio-%'""",
    f"""
INSERT INTO kpi.work (customer_id, system_id, item_type, item_id, project_ref, worked_on, hours, amount, currency, value_basis, opens_at,
                      submitted_at, approved_at, is_approval_unknown, leaves_at, settled_at, phase, phase_from, phase_to, phase_share, phase_invoice)
SELECT s.customer_id, s.system_id, 'time_entry', 'T' || n, 'P' || w.project, CAST(w.done AS date), 1, 80 + n % 40, 'USD', 'exact', w.done, w.done,
       w.done + interval '1 day', false, 'infinity', CASE WHEN w.waits THEN 'infinity' ELSE w.billed END,
       CASE WHEN w.waits THEN '{{}}' ELSE ARRAY['billed'] END, CASE WHEN w.waits THEN '{{}}' ELSE ARRAY[w.billed] END,
       CASE WHEN w.waits THEN '{{}}' ELSE ARRAY[CAST('infinity' AS timestamptz)] END, CASE WHEN w.waits THEN '{{}}' ELSE ARRAY[1] END,
       CASE WHEN w.waits THEN '{{}}' ELSE ARRAY['P' || w.project || to_char(w.done, '-YYYY-MM')] END
FROM ops.system s {_OURS} CROSS JOIN generate_series(1, :pieces) n
CROSS JOIN LATERAL (
  SELECT d.done, 1 + n % :projects AS project, n % 3 = 0 AND d.done > CAST(:until AS timestamptz) - interval '60 days' OR n % 50 = 0 AS waits,
         date_trunc('month', d.done) + interval '1 month 4 days' AS billed
  FROM (SELECT CAST(:since AS timestamptz) + make_interval(hours => 12 + 24 * CAST(n % 365 AS int)) AS done) d
) w
WHERE s.key = 'psa'""",
    """
INSERT INTO biz.invoice (customer_id, system_id, source_id, kind, state, net, gross, currency, posted_at, first_seen_at, last_seen_at)
SELECT w.customer_id, w.system_id, w.phase_invoice[1], 'invoice', 'posted', sum(w.amount) * 0.95, sum(w.amount), 'USD', min(w.phase_from[1]),
       min(w.phase_from[1]), min(w.phase_from[1])
FROM kpi.work w
JOIN ops.customer c ON c.customer_id = w.customer_id AND c.key LIKE 'folio-%'
WHERE w.phase <> '{}'
GROUP BY w.customer_id, w.system_id, w.phase_invoice[1]""",
    """
INSERT INTO biz.invoice_line (customer_id, system_id, source_id, invoice_ref, kind, net, currency, first_seen_at, last_seen_at)
SELECT i.customer_id, i.system_id, i.source_id, i.source_id, 'time', i.net, 'USD', i.first_seen_at, i.first_seen_at
FROM biz.invoice i
JOIN ops.customer c ON c.customer_id = i.customer_id AND c.key LIKE 'folio-%'""",
    """
INSERT INTO kpi.verification (customer_id, flow_id, due_at, run_system_id, transaction_key, object_type, source_key, external_id, claimed_at,
                              record_key, verdict, target_system_id, amount, currency, checked_at)
SELECT r.customer_id, r.flow_id, r.due_at, r.system_id, r.transaction_key, 'project', r.external_id, r.external_id, r.finished_at, r.external_id,
       CASE WHEN r.status = 'failed' THEN 'refused' WHEN hashtext(r.external_id) % 100 = 0 THEN 'missing' ELSE 'confirmed' END,
       r.system_id, 100, 'USD', r.finished_at
FROM raw.run r
JOIN ops.customer c ON c.customer_id = r.customer_id AND c.key LIKE 'folio-%'""",
)


def fill(conn: Connection, since: datetime, until: datetime) -> None:
    """Writes them for thirteen months, to customers that have runs; no deal waits for its project."""
    asked = {"since": since, "until": until, "pieces": PIECES, "projects": PROJECTS}
    for statement in ESTATE:
        prepared = text(statement)
        conn.execute(prepared, {name: asked[name] for name in prepared.compile().params})
