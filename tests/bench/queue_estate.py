"""The estate of the queue's benchmark: 100,000 exceptions of twenty customers, 80,000 of them open, with five million records."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from metrics.triage.act import Actor
from sql.database import Database

EXCEPTIONS, RECORDS_EACH, CUSTOMERS, PEOPLE = 100_000, 50, 20, 20
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

_ESTATE = (
    "INSERT INTO ops.partner (key, name, time_zone, locale) VALUES ('desk', 'Desk', 'UTC', 'en-GB')",
    (
        "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency) SELECT p.partner_id, 'desk-' || g, 'Desk ' || g, 'UTC',"
        f" (ARRAY['EUR', 'USD', 'GBP'])[1 + g % 3] FROM ops.partner p CROSS JOIN generate_series(1, {CUSTOMERS}) g WHERE p.key = 'desk'"
    ),
    (
        "INSERT INTO ops.system (customer_id, key, role, kind) SELECT c.customer_id, 'runs', 'ipaas', 'sql'"
        " FROM ops.customer c WHERE c.key LIKE 'desk-%'"
    ),
    (
        "INSERT INTO ops.flow (customer_id, key, name, workflow, runs_system_id, runs_match)"
        " SELECT s.customer_id, 'flow-' || g, 'Flow ' || g, 'workflow-' || g, s.system_id, 'flow-' || g FROM ops.system s"
        " JOIN ops.customer c ON c.customer_id = s.customer_id AND c.key LIKE 'desk-%' CROSS JOIN generate_series(1, 6) g"
    ),
    (
        "INSERT INTO ops.person (partner_id, email, name, role, all_customers) SELECT p.partner_id, 'desk' || g || '@desk.example',"
        f" 'Desk ' || g, 'partner_support', true FROM ops.partner p CROSS JOIN generate_series(1, {PEOPLE}) g WHERE p.key = 'desk'"
    ),
    (
        "INSERT INTO ops.fx_rate (base, currency, rate_on, rate, source) VALUES ('EUR', 'USD', '2026-11-19', 0.92, 'bench'),"
        " ('EUR', 'GBP', '2026-11-19', 1.17, 'bench') ON CONFLICT DO NOTHING"
    ),
    (
        "INSERT INTO kpi.cut_off (customer_id, cut_off_at) SELECT c.customer_id,"
        " CAST(:now AS timestamptz) + (c.customer_id % 9) * interval '1 day' + m * interval '30 days' + interval '9 hours'"
        " FROM ops.customer c CROSS JOIN generate_series(0, 2) m WHERE c.key LIKE 'desk-%'"
    ),
)
_EXCEPTIONS = f"""
INSERT INTO ops.exception (customer_id, rule, class, fingerprint, fingerprint_version, flow_id, system_id, object_type, object_key, title, state,
  severity, occurrences, opened_at, last_occurred_at, first_seen_at, last_seen_at, value_at_risk, currency, value_confidence)
SELECT c.customer_id, (ARRAY['run_failed', 'missed_slot', 'verification_break', 'expectation_overdue'])[1 + g % 4],
  CASE WHEN g % 4 < 2 THEN 'technical' ELSE 'business' END, 'desk-' || g, 1, f.flow_id, f.runs_system_id, 'project', 'P-' || g,
  'Project P-' || g || ' is not known to the target', (ARRAY['new', 'new', 'triaged', 'waiting'])[1 + g % 4], 1 + g % 4, {RECORDS_EACH},
  t.at, t.at + interval '1 hour', t.at, t.at + interval '1 hour',
  CASE WHEN (hashint4(g) & 65535) % 10 > 0 THEN 100 + hashint4(g) % 90000 + 90000 END, CASE WHEN (hashint4(g) & 65535) % 10 > 0 THEN c.currency END,
  CASE WHEN (hashint4(g) & 65535) % 10 > 0 THEN 'exact' ELSE 'unknown' END
FROM generate_series(1, {EXCEPTIONS}) g
JOIN (SELECT c.customer_id, c.currency, row_number() OVER (ORDER BY c.customer_id) - 1 AS nth FROM ops.customer c WHERE c.key LIKE 'desk-%') c
  ON c.nth = g % {CUSTOMERS}
JOIN ops.flow f ON f.customer_id = c.customer_id AND f.key = 'flow-' || (1 + g % 6)
CROSS JOIN LATERAL (SELECT CAST(:now AS timestamptz) - (g % 90) * interval '1 day' - interval '2 hours' AS at) t
"""
_CLOSED = """
UPDATE ops.exception SET state = 'verified_closed', closed_at = first_seen_at + interval '20 hours'
WHERE fingerprint LIKE 'desk-%' AND (hashint8(exception_id) & 65535) % 5 = 3 AND first_seen_at < CAST(:now AS timestamptz) - interval '1 day'
"""
_BLOCKED = f"""
UPDATE ops.exception e SET blocked_by_exception_id = b.exception_id
FROM (SELECT x.customer_id, x.exception_id, CAST(substr(x.fingerprint, 6) AS int) AS g FROM ops.exception x WHERE x.fingerprint LIKE 'desk-%') n
JOIN ops.exception b ON b.customer_id = n.customer_id AND b.fingerprint = 'desk-' || (n.g / 1000 * 1000 + n.g % {CUSTOMERS})
WHERE e.customer_id = n.customer_id AND e.exception_id = n.exception_id AND n.g % 50 = 7 AND n.g % 1000 >= {CUSTOMERS}
  AND e.closed_at IS NULL AND b.closed_at IS NULL
"""
_EVENTS = """
INSERT INTO ops.exception_event (customer_id, exception_id, kind, to_state, at, actor)
SELECT e.customer_id, e.exception_id, 'opened', 'new', e.first_seen_at, 'system' FROM ops.exception e WHERE e.fingerprint LIKE 'desk-%'
UNION ALL
SELECT e.customer_id, e.exception_id, 'moved', e.state, e.first_seen_at + interval '1 hour', 'desk1@desk.example' FROM ops.exception e
WHERE e.fingerprint LIKE 'desk-%' AND e.state <> 'new'
"""
_RECORDS = f"""
INSERT INTO ops.exception_occurrence (customer_id, exception_id, subject_type, system_id, subject_id, flow_id, occurred_at, amount, currency)
SELECT e.customer_id, e.exception_id, 'time_entry', e.system_id, 'T-' || n, e.flow_id, e.first_seen_at + n * interval '1 minute',
  e.value_at_risk / {RECORDS_EACH}, e.currency
FROM ops.exception e CROSS JOIN generate_series(1, {RECORDS_EACH}) n
WHERE e.customer_id = :customer AND e.fingerprint LIKE 'desk-%'
"""


def build(db: Database, say: Callable[[str], None] = lambda _: None) -> tuple[list[int], list[Actor]]:
    """The estate with its exceptions; the customers, and the people who see all of them."""
    with db.engine("owner").begin() as conn:
        there = conn.execute(text("SELECT FROM ops.partner WHERE key = 'desk'")).all()
    if not there:
        with db.engine("owner").begin() as conn:
            for statement in _ESTATE:
                _run(conn, statement)
            _run(conn, _EXCEPTIONS)
            _run(conn, _CLOSED)
            _run(conn, _BLOCKED)
            _run(conn, _EVENTS)
    customers = ids(db, "SELECT customer_id FROM ops.customer WHERE key LIKE 'desk-%' ORDER BY 1")
    if not there:
        for customer in customers:
            with db.engine("owner").begin() as conn:
                conn.execute(text(_RECORDS), {"customer": customer})
        with db.engine("owner").connect() as conn:
            conn.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE ops.exception"))
            for table in ("exception_event", "exception_occurrence", "customer", "flow", "system", "fx_rate"):
                conn.execute(text(f"VACUUM ANALYZE ops.{table}"))
            conn.execute(text("ANALYZE kpi.cut_off"))
    counts = [
        ids(db, f"SELECT count(*) FROM ops.{table}")[0] for table in ("exception", "exception_occurrence")
    ]
    say(f"  {counts[0]:,} exceptions with {counts[1]:,} records")
    with db.engine("owner").connect() as conn:
        rows = conn.execute(
            text("SELECT person_id, email FROM ops.person WHERE email LIKE 'desk%' ORDER BY 1")
        )
        return customers, [Actor(row.person_id, row.email) for row in rows]


def _run(conn: Connection, statement: str) -> None:
    compiled = text(statement)
    asked = {"now": NOW, "nth": 500}
    conn.execute(compiled, {key: asked[key] for key in compiled.compile().params})


def ids(db: Database, statement: str) -> list[int]:
    """The first column of what a statement answers."""
    with db.engine("owner").connect() as conn:
        return list(conn.execute(text(statement)).scalars())
