"""A small world for pages: two partners, three customers, seven months of runs, deals, time and invoices, all by SQL."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from app.auth.people import seed_demo_people
from metrics.refresh import refresh
from metrics.rollup import rebuild
from sql.database import Database

BRANDS = {
    "northwind": {
        "name": "Northwind Connect",
        "primary": "#0f766e",
        "footer": "Northwind Connect · service desk +44 20 7946 0999 · service@northwind.example",
    },
    "helix": {
        "name": "Helix Ops",
        "primary": "#ff8a3d",
        "mode": "dark",
        "background": "#14121c",
        "surface": "#1e1b29",
        "text": "#f1eff7",
        "font": "Plus Jakarta Sans",
        "radius": "4px",
        "footer": "Helix Ops GmbH · Einsatzleitung +49 30 901820 · ops@helix.example",
    },
}
CUSTOMERS = (
    ("northwind", "acme", "Acme Consulting", "America/New_York", "USD", 1.0),
    ("northwind", "borealis", "Borealis Advisory", "Europe/London", "GBP", 3.5),
    ("helix", "aue", "Stadtwerke Aue Beratung", "Europe/Berlin", "EUR", 0.4),
)
FLOWS = (
    ("won-to-project", "Won deals to projects", "opportunity_to_project", "crm", "psa", 6),
    ("time-to-erp", "Approved time to ERP", "time_to_invoice", "psa", "erp", 14),
    ("invoice-status", "Invoice status to CRM", "payment_status", "erp", "crm", 10),
)
_TERMS = (
    '{"valid_from": "2026-01-01", "tier": "gold", "objectives": ['
    '{"key": "sync", "metric": "sync_success_rate", "target": 99.0, "unit": "percent", "minimum_sample": 20},'
    '{"key": "bill", "metric": "time_to_bill", "target": 60, "unit": "percent", "within_days": 30}],'
    ' "exclusions": {"allowed": ["maintenance", "customer_data", "saas_vendor"], "notice_hours": 72, "cap_hours": 8}}'
)


@dataclass(frozen=True)
class World:
    """The people who may sign in, by partner: (e-mail, password, role)."""

    people: dict[str, list[tuple[str, str, str]]]
    customers: dict[str, int]

    def person(self, partner: str, role: str) -> tuple[str, str]:
        """E-mail and password of the partner's person with a role."""
        return next((email, password) for email, password, its in self.people[partner] if its == role)


Said = tuple[str, str, str, str, str, float]
"""A customer: partner, key, name, time zone, currency, how much fails."""


def partners(db: Database, now: datetime, of: Sequence[Said] = CUSTOMERS) -> World:
    """Partners, customers and people only: enough for sign-in, nothing to see."""
    customers: dict[str, int] = {}
    with db.engine("owner").begin() as conn:
        for key, brand in BRANDS.items():
            _partner(conn, key, brand, now)
        for partner, key, name, zone, currency, _ in of:
            customers[key] = _one(
                conn,
                "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)"
                " SELECT partner_id, :key, :name, :zone, :currency FROM ops.partner WHERE key = :partner"
                " RETURNING customer_id",
                partner=partner,
                key=key,
                name=name,
                zone=zone,
                currency=currency,
            )
    return World({key: seed_demo_people(db, key) for key in BRANDS}, customers)


def world(db: Database, now: datetime, months: int = 7, customers: Sequence[Said] = CUSTOMERS) -> World:
    """All of it, counted, as of `now`."""
    made = partners(db, now, customers)
    since = now - timedelta(days=30 * months)
    with db.engine("owner").begin() as conn:
        for offset in range(months + 2):
            conn.execute(
                text("SELECT ops.ensure_month(CAST(:day AS date))"),
                {"day": (since + timedelta(days=30 * offset)).date()},
            )
        for _, key, _, zone, currency, failing in customers:
            _customer(conn, made.customers[key], zone, currency, failing, since, now)
        conn.execute(text("ANALYZE"))
    rebuild(db, now, sorted(made.customers.values()))
    refresh(db, now)
    with db.engine("owner").begin() as conn:  # afterwards: detection would close what it did not find itself
        for _, key, _, _, currency, _ in customers:
            systems = {role: _system(conn, made.customers[key], role) for role in ("psa", "ipaas")}
            _do(
                conn,
                _EXCEPTIONS,
                {"customer": made.customers[key], "currency": currency, "now": now, **systems},
            )
    return made


def _system(conn: Connection, customer: int, role: str) -> int:
    return _one(
        conn,
        "SELECT system_id FROM ops.system WHERE customer_id = :customer AND role = :role",
        customer=customer,
        role=role,
    )


def _partner(conn: Connection, key: str, brand: dict[str, Any], now: datetime) -> None:
    zone, locale = ("Europe/London", "en-GB") if key == "northwind" else ("Europe/Berlin", "de-DE")
    conn.execute(
        text(
            "INSERT INTO ops.partner (key, name, hosts, time_zone, locale, brand, changed_at)"
            " VALUES (:key, :name, ARRAY[:host], :zone, :locale, CAST(:brand AS jsonb), :now)"
        ),
        {
            "key": key,
            "name": brand["name"],
            "host": f"{key}.localhost",
            "zone": zone,
            "locale": locale,
            "brand": json.dumps(brand),
            "now": now,
        },
    )


def _customer(
    conn: Connection, customer: int, zone: str, currency: str, failing: float, since: datetime, now: datetime
) -> None:
    systems = {
        role: _one(
            conn,
            "INSERT INTO ops.system (customer_id, key, role, kind) VALUES (:customer, :role, :role, 'sql') RETURNING system_id",
            customer=customer,
            role=role,
        )
        for role in ("crm", "psa", "erp", "ipaas")
    }
    given = {
        "customer": customer,
        "zone": zone,
        "currency": currency,
        "since": since,
        "now": now,
        "failing": failing,
        **systems,
    }
    for number, (key, name, workflow, source, target, daily) in enumerate(FLOWS):
        flow = _one(
            conn,
            "INSERT INTO ops.flow (customer_id, key, name, workflow, from_system_id, to_system_id, runs_system_id, runs_match)"
            " VALUES (:customer, :key, :name, :workflow, :source, :target, :runs, :match) RETURNING flow_id",
            customer=customer,
            key=key,
            name=name,
            workflow=workflow,
            source=systems[source],
            target=systems[target],
            runs=systems["ipaas"],
            match=f"{key}*",
        )
        mine = given | {"flow": flow, "key": key, "daily": daily, "number": number}
        _do(conn, _PROMISE, mine)
        _do(conn, _RUNS, mine)
    for statement in (_TERMS_ROW, _DEALS, _PROJECTS, _INVOICES, _LINES, _TIME, _POLLS, _HELD):
        _do(conn, statement, given | {"terms": _TERMS})


def _one(conn: Connection, statement: str, **given: Any) -> int:
    return int(conn.execute(text(statement), given).scalar_one())


def _do(conn: Connection, statement: str, given: dict[str, Any]) -> None:
    for part in statement.split(";\n"):
        known = {name: value for name, value in given.items() if f":{name}" in part}
        conn.execute(text(part), known)


_PROMISE = """
INSERT INTO ops.flow_promise (customer_id, flow_id, valid_from, deadline_seconds, latency_threshold_seconds)
VALUES (:customer, :flow, '2020-01-01', 3600, 60)"""
_TERMS_ROW = """
INSERT INTO ops.terms (customer_id, valid_from, tier, document) VALUES (:customer, '2026-01-01', 'gold', CAST(:terms AS jsonb))"""
_RUNS = """
WITH day AS (
  SELECT d, n, hashtext(d || ' ' || n || ' ' || :flow) & 65535 AS dice
  FROM generate_series(CAST(:since AS timestamptz), CAST(:now AS timestamptz), interval '1 day') AS d, generate_series(1, :daily) AS n
), due AS (
  SELECT dice, n, date_trunc('day', d AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '7 hours' + n * interval '41 minutes'
    + dice % 600 * interval '1 second' AS due_at,
    dice % 1000 < :failing * 8 + CASE WHEN extract(day FROM d) IN (11, 12) THEN 30 ELSE 0 END AS failed
  FROM day
)
INSERT INTO raw.run (customer_id, system_id, external_id, due_at, flow_id, transaction_key, workflow_name, status, source_status,
  started_at, finished_at, source_changed_at, target_committed_at, attempts, object_type, object_key, error_message, first_seen_at, last_seen_at)
SELECT :customer, :ipaas, :key || '-' || to_char(due_at, 'YYMMDD') || '-' || n, due_at, :flow,
  :key || '-' || to_char(due_at, 'YYMMDD') || '-' || n, :key, CASE WHEN failed THEN 'failed' ELSE 'success' END,
  CASE WHEN failed THEN 'ERROR' ELSE 'OK' END, due_at + interval '4 seconds',
  due_at + interval '4 seconds' + (3 + dice % 40 + CASE WHEN dice % 90 = 0 THEN 300 ELSE 0 END) * interval '1 second', due_at,
  CASE WHEN NOT failed THEN due_at + (8 + dice % 45 + CASE WHEN dice % 90 = 0 THEN 300 ELSE 0 END) * interval '1 second' END,
  CASE WHEN dice % 31 = 0 THEN 2 ELSE 1 END, CASE WHEN :key = 'won-to-project' THEN 'opportunity' ELSE 'record' END,
  CASE WHEN :key = 'won-to-project' THEN 'o' || (1 + dice % 60) ELSE (1000 + dice)::text END,
  CASE WHEN failed THEN 'Project code P-' || (100 + dice % 7) || ' is not known to the target' END, due_at, due_at
FROM due WHERE due_at < CAST(:now AS timestamptz) - interval '10 minutes'"""
_DEALS = """
INSERT INTO biz.account (customer_id, system_id, source_id, code, name, is_active, first_seen_at, last_seen_at)
SELECT :customer, s, 'a' || n, 'C' || n, (ARRAY['Lindqvist AB','Harbor Foods','Meridian Rail','Osprey Labs','Quarry & Sons','Tidewater'])[n], true, :since, :since
FROM generate_series(1, 6) AS n, unnest(ARRAY[CAST(:crm AS int), CAST(:psa AS int)]) AS s;
INSERT INTO biz.opportunity (customer_id, system_id, source_id, account_ref, number, name, stage, is_won, is_lost, amount, currency,
  created_at, won_at, won_precision, first_seen_at, last_seen_at)
SELECT :customer, :crm, 'o' || n, 'a' || (1 + n % 6), 'OPP-' || (400 + n),
  (ARRAY['Rollout phase','Data migration','Advisory retainer','Process redesign','Audit support'])[1 + n % 5] || ' ' || n, 'won', true, false,
  8000 + (hashtext('o' || n) & 65535) % 52000, :currency, CAST(:since AS timestamptz) + n * interval '3 days', w, 'history', w, w
FROM (SELECT n, CAST(:since AS timestamptz) + n * interval '4 days 3 hours' + interval '9 hours' AS w FROM generate_series(1, 60) AS n) d
WHERE w < CAST(:now AS timestamptz)"""
_PROJECTS = """
INSERT INTO biz.project (customer_id, system_id, source_id, account_ref, opportunity_key, number, name, status, is_active, billing_method,
  practice, currency, created_at, first_seen_at, last_seen_at)
SELECT o.customer_id, :psa, 'p' || substr(o.source_id, 2), o.account_ref, o.source_id, 'P-' || substr(o.number, 5), o.name, 'active', true,
  'time_and_materials', (ARRAY['Cloud', 'Advisory', NULL])[1 + CAST(substr(o.source_id, 2) AS int) % 3], :currency, o.won_at + interval '50 minutes', o.won_at + interval '55 minutes', o.won_at + interval '55 minutes'
FROM biz.opportunity o
WHERE o.customer_id = :customer AND CAST(substr(o.source_id, 2) AS int) % 17 <> 14"""
_INVOICES = """
INSERT INTO biz.invoice (customer_id, system_id, source_id, account_ref, number, kind, state, created_at, posted_at, issued_on, currency, first_seen_at, last_seen_at)
SELECT :customer, :psa, 'i' || n, 'a1', 'INV-' || (700 + n), 'invoice', 'posted', at, at, CAST(at AS date), :currency, at, at
FROM (SELECT n, date_trunc('month', CAST(:since AS timestamptz)) + n * interval '14 days' + interval '15 hours' AS at FROM generate_series(1, 20) AS n) d
WHERE at < CAST(:now AS timestamptz)"""
_LINES = """
INSERT INTO biz.invoice_line (customer_id, system_id, source_id, invoice_ref, kind, currency, first_seen_at, last_seen_at)
SELECT i.customer_id, i.system_id, 'l' || substr(i.source_id, 2), i.source_id, 'time', :currency, i.posted_at, i.posted_at
FROM biz.invoice i WHERE i.customer_id = :customer"""
_TIME = """
INSERT INTO biz.time_entry (customer_id, system_id, source_id, resource_ref, project_ref, worked_on, minutes, billable, rate, currency,
  entered_at, submitted_at, approved_at, approval_state, approval_precision, invoice_line_ref, bill_state, first_seen_at, last_seen_at)
SELECT :customer, :psa, 't' || row_number() OVER (ORDER BY d, n), 'r' || n, 'p' || (1 + dice % 9), CAST(d AS date), 60 * (2 + dice % 6), true,
  110 + 10 * (dice % 8), :currency, d + interval '18 hours', d + interval '1 day', a,
  'approved', 'history', l.source_id, CASE WHEN l.source_id IS NULL THEN 'open' ELSE 'billed' END, a, coalesce(l.first_seen_at, a)
FROM (SELECT d, n, hashtext('t' || d || n || :customer) & 65535 AS dice,
             date_trunc('day', d) + interval '3 days 10 hours' + (hashtext(d || 'x' || n) & 65535) % 3 * interval '1 day' AS a
      FROM generate_series(CAST(:since AS timestamptz), CAST(:now AS timestamptz), interval '1 day') AS d, generate_series(1, 5) AS n
      WHERE extract(isodow FROM d) < 6) w
LEFT JOIN LATERAL (
  SELECT l.source_id, l.first_seen_at FROM biz.invoice_line l
  WHERE l.customer_id = :customer AND l.first_seen_at > w.a + (w.dice % 100) / 84 * interval '30 days'
    AND w.dice % 100 < 96 ORDER BY l.first_seen_at LIMIT 1
) l ON true
WHERE w.a < CAST(:now AS timestamptz)"""
_POLLS = """
INSERT INTO ops.poll (customer_id, system_id, stream, object, due_at, started_at, finished_at, outcome, window_from, window_to, pages,
  rows_new, rows_unchanged, worker)
SELECT :customer, s.system_id, o.stream, o.object, t, t, t + interval '3 seconds', 'complete',
  CASE WHEN n = 0 THEN NULL ELSE t - interval '65 minutes' END, t, 2, 40, 12, 'seed'
FROM (VALUES (CAST(:ipaas AS int), 'runs', 'run'), (:crm, 'opportunities', 'opportunity'), (:crm, 'accounts', 'account'),
             (:psa, 'projects', 'project'), (:psa, 'time', 'time_entry'), (:psa, 'invoices', 'invoice'),
             (:psa, 'lines', 'invoice_line'), (:psa, 'accounts', 'account')) AS s (system_id, stream, object),
  LATERAL (SELECT s.stream, s.object) o,
  LATERAL (SELECT n, CAST(:now AS timestamptz) - interval '48 hours' + n * interval '1 hour' - interval '2 minutes' AS t FROM generate_series(0, 48) AS n) p"""
_HELD = """
INSERT INTO ops.quarantine (customer_id, system_id, stream, record_key, reason, field, place, payload, payload_sha256, poll_id, first_seen_at, last_seen_at)
SELECT :customer, :psa, 'time', 't9' || n, 'a number with a comma where a point is configured', 'minutes', 'page 2, record ' || n,
  convert_to('{}', 'UTF8'), sha256(convert_to('held' || n, 'UTF8')), 1, CAST(:now AS timestamptz) - interval '3 hours', CAST(:now AS timestamptz) - interval '3 hours'
FROM generate_series(1, 3) AS n"""
_EXCEPTIONS = """
INSERT INTO ops.exception (customer_id, rule, class, fingerprint, fingerprint_version, flow_id, system_id, object_type, object_key, title, detail,
  state, waiting_on, severity, occurrences, opened_at, last_occurred_at, first_seen_at, last_seen_at, closed_at, value_at_risk, currency, value_confidence)
SELECT :customer, rule, class, 'seed-' || n, 1, (SELECT min(flow_id) FROM ops.flow WHERE customer_id = :customer), CASE WHEN class = 'business' THEN CAST(:psa AS int) ELSE :ipaas END,
  'project', 'P-' || n, title, 'HTTP 422 from erp-07.internal.example: project P-' || n || ' unknown', state, waiting, severity, records,
  CAST(:now AS timestamptz) - age * interval '1 day', CAST(:now AS timestamptz) - interval '2 hours', CAST(:now AS timestamptz) - age * interval '1 day',
  CAST(:now AS timestamptz), CASE WHEN state = 'verified_closed' THEN CAST(:now AS timestamptz) - interval '1 day' END, worth,
  CASE WHEN worth IS NOT NULL THEN CAST(:currency AS text) END, CASE WHEN worth IS NULL THEN 'unknown' WHEN n % 2 = 0 THEN 'exact' ELSE 'estimated' END
FROM (VALUES
  (1, 'failed_project_creation', 'business', 'Harbor Foods: Process redesign 14 was won and has no project', 'new', NULL, 1, 1, 9, 48200),
  (2, 'run_failed', 'technical', 'Approved time to ERP: project code is not known to the target', 'new', NULL, 1, 43, 6, 31870.31),
  (3, 'failed_project_creation', 'business', 'Osprey Labs: Audit support 31 was won and has no project', 'triaged', NULL, 2, 1, 4, 17400),
  (4, 'run_failed', 'technical', 'Invoice status to CRM: the record was locked', 'waiting', 'customer', 2, 7, 12, 6120.03),
  (5, 'late_invoice_trigger', 'business', 'Milestone Data cut-over complete, no invoice trigger', 'waiting', 'partner', 2, 1, 15, 22000),
  (6, 'unmatched_record', 'business', 'Account Tidewater exists twice in the CRM', 'new', NULL, 3, 2, 30, NULL),
  (7, 'run_failed', 'technical', 'Won deals to projects: time-out at the target', 'verified_closed', NULL, 3, 3, 20, NULL)
) AS v (n, rule, class, title, state, waiting, severity, records, age, worth);
UPDATE ops.exception e SET blocked_by_exception_id = b.exception_id FROM ops.exception b
WHERE e.customer_id = :customer AND b.customer_id = :customer AND e.fingerprint = 'seed-4' AND b.fingerprint = 'seed-1';
INSERT INTO ops.exception_occurrence (customer_id, exception_id, subject_type, system_id, subject_id, flow_id, occurred_at, amount, currency, message)
SELECT e.customer_id, e.exception_id, CASE WHEN e.class = 'business' THEN 'opportunity' ELSE 'transaction' END, e.system_id, e.object_key || '/' || n, e.flow_id,
  e.opened_at + n * interval '2 hours', round(e.value_at_risk / e.occurrences, 2), e.currency, e.detail
FROM ops.exception e, generate_series(1, e.occurrences) AS n WHERE e.customer_id = :customer AND e.fingerprint LIKE 'seed-%';
INSERT INTO ops.exception_event (customer_id, exception_id, kind, from_state, to_state, at, actor, note)
SELECT e.customer_id, e.exception_id, 'opened', NULL, 'new', e.opened_at, 'detection', NULL FROM ops.exception e
WHERE e.customer_id = :customer AND e.fingerprint LIKE 'seed-%';
INSERT INTO kpi.recovered (customer_id, object_type, system_id, object_id, recovered_at, found_at, exception_id, exception_ids, amount, currency, is_estimated)
SELECT e.customer_id, 'opportunity', e.system_id, 'back-' || n, CAST(:now AS timestamptz) - interval '1 minute', e.opened_at, e.exception_id,
  ARRAY[e.exception_id], n * 1250.5, CAST(:currency AS text), false
FROM ops.exception e, generate_series(1, 3) AS n WHERE e.customer_id = :customer AND e.fingerprint = 'seed-7'"""
