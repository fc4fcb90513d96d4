"""The portfolio: what its page asks for 50 customers and thirteen months, beside the same counts from the raw rows."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from metrics import read
from metrics.period import Period
from metrics.rollup import recompute
from sql import query
from sql.database import Database, viewer
from tests.bench import portfolio_business
from tests.bench.timing import Result, timed

CUSTOMERS, FLOWS, RUNS_A_DAY = 50, 4, 20
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
MONTHS = Period.parse("2025-10-01..2026-11-01", "UTC", NOW)
LAST = Period.parse("2026-10", "UTC", NOW)

ESTATE = (
    """
INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)
SELECT p.partner_id, 'folio-' || g, 'Folio ' || g, 'UTC', 'USD'
FROM (SELECT min(partner_id) AS partner_id FROM ops.partner) p CROSS JOIN generate_series(1, :customers) g""",
    """
INSERT INTO ops.system (customer_id, key, role, kind)
SELECT customer_id, 'runs', 'ipaas', 'sql' FROM ops.customer WHERE key LIKE 'folio-%'""",
    """
INSERT INTO ops.flow (customer_id, key, name, workflow, runs_system_id, runs_match)
SELECT s.customer_id, 'flow-' || g, 'Flow ' || g, 'bench', s.system_id, 'flow-' || g
FROM ops.system s JOIN ops.customer c ON c.customer_id = s.customer_id AND c.key LIKE 'folio-%' CROSS JOIN generate_series(1, :flows) g""",
    """
INSERT INTO ops.flow_promise (customer_id, flow_id, valid_from, deadline_seconds, latency_threshold_seconds)
SELECT f.customer_id, f.flow_id, '2000-01-01', 3600, 60
FROM ops.flow f JOIN ops.customer c ON c.customer_id = f.customer_id AND c.key LIKE 'folio-%'""",
    """
SELECT ops.ensure_month(CAST(m AS date))
FROM generate_series(CAST(:since AS timestamptz), CAST(:until AS timestamptz) - interval '1 day', interval '1 month') m""",
    """
INSERT INTO raw.run (customer_id, system_id, external_id, due_at, flow_id, transaction_key, workflow_name, status, source_status,
                     started_at, finished_at, source_changed_at, target_committed_at, attempts, records_in, records_ok,
                     records_bad, object_type, object_key, first_seen_at, last_seen_at)
SELECT f.customer_id, f.runs_system_id, 'r' || f.flow_id || '-' || n, d.due, f.flow_id, 'r' || f.flow_id || '-' || n, f.key,
       CASE WHEN n % 199 = 0 THEN 'failed' ELSE 'success' END, 'x', d.due, d.due + interval '20 s', d.due - interval '2 s',
       d.due + interval '20 s', 1, 10, 10, 0, 'project', 'r' || f.flow_id || '-' || n, d.due + interval '20 s', d.due + interval '20 s'
FROM ops.flow f
JOIN ops.customer c ON c.customer_id = f.customer_id AND c.key LIKE 'folio-%'
CROSS JOIN generate_series(1, :runs_of_flow) n
CROSS JOIN LATERAL (
  SELECT CAST(:since AS timestamptz) + (CAST(:until AS timestamptz) - CAST(:since AS timestamptz)) * (n - 0.5) / :runs_of_flow AS due
) d""",
    """
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT DISTINCT r.customer_id, r.flow_id, date_trunc('hour', r.due_at, 'UTC')
FROM raw.run r JOIN ops.customer c ON c.customer_id = r.customer_id AND c.key LIKE 'folio-%'
ON CONFLICT DO NOTHING""",
)
RAW = """
SELECT customer_id, to_char(due_at, 'YYYY-MM') AS part, count(*) AS valid,
       count(*) FILTER (WHERE status = 'success' AND finished_at <= due_at + interval '1 hour') AS good
FROM raw.run WHERE customer_id = ANY (:customers) AND due_at >= :since AND due_at < :until
GROUP BY 1, 2
"""


def run(db: Database, say: Callable[[str], None]) -> Iterator[Result]:
    """The ratio of the clock, and what the page takes of the server's processor: beside other work the clock says nothing of it."""
    customers = _fill(db)
    say(f"  {len(customers)} customers, {CUSTOMERS * FLOWS * _runs_of_flow():,} runs counted")
    raw = {"customers": customers, "since": MONTHS.since, "until": MONTHS.until}
    with viewer(
        db, customers
    ) as conn:  # from now: from any other instant the runs themselves would be counted
        found = {(f.customer_ids[0], f.part): (f.denominator, f.numerator) for f in _months(conn, customers)}
        exact = {(r.customer_id, r.part): (r.valid, r.good) for r in conn.execute(text(RAW), raw)}
        assert found == exact
        assert len(exact) == CUSTOMERS * 13
        months = timed("thirteen months", lambda: _months(conn, customers), warm=3)
        rows = timed("raw rows", lambda: conn.execute(text(RAW), raw).all(), warm=3)
        page = _of_the_server(conn, lambda: _page(conn, customers))
    size = f"{CUSTOMERS} customers, 13 months"
    yield Result(
        f"{size}, success rates: raw rows over rollups", rows.median / months.median, 2.0, None,
        f"{months.median * 1000:.0f} ms against {rows.median * 1000:.0f} ms",
    )  # fmt: skip
    yield Result(
        f"{size}: all that the portfolio page reads, seconds of the server's processor", page, None, 1.0, f"{page * 1000:.0f} ms"
    )  # fmt: skip


def _months(conn: Connection, customers: list[int]) -> list[read.Figure]:
    return read.portfolio(conn, "sync_success_rate", dict.fromkeys(customers, MONTHS), by="month")


def _page(conn: Connection, customers: list[int]) -> None:
    _months(conn, customers)
    for metric in ("unbilled_time", "failed_project_creations", "verified_success"):
        read.portfolio(conn, metric, dict.fromkeys(customers, LAST))
    for name, more in (
        ("exceptions_by_customer", {}),
        ("streams", {"as_of": NOW}),
        ("terms", {"on_day": NOW.date()}),
    ):
        conn.execute(text(query(f"screen/{name}")), {"customer_ids": customers} | more).all()


def _of_the_server(conn: Connection, work: Callable[[], object], repeats: int = 5) -> float:
    """Seconds of processor time that the server takes for it, the mean of some repeats."""
    pid = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()

    def used() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    work()
    before = used()
    for _ in range(repeats):
        work()
    return (used() - before) / repeats


def _runs_of_flow() -> int:
    return (MONTHS.until - MONTHS.since).days * RUNS_A_DAY // FLOWS


def _fill(db: Database) -> list[int]:
    asked: dict[str, Any] = {
        "customers": CUSTOMERS, "flows": FLOWS, "since": MONTHS.since, "until": MONTHS.until, "runs_of_flow": _runs_of_flow(),
    }  # fmt: skip
    with db.engine("owner").begin() as conn:
        for statement in ESTATE:
            prepared = text(statement)
            conn.execute(prepared, {name: asked[name] for name in prepared.compile().params})
        customers = conn.execute(
            text("SELECT customer_id FROM ops.customer WHERE key LIKE 'folio-%' ORDER BY customer_id")
        )
        found = [row.customer_id for row in customers]
    with db.connect("owner", autocommit=True) as analyst:
        analyst.execute("ANALYZE")
    recompute(db, NOW)
    with db.engine("owner").begin() as conn:
        portfolio_business.fill(conn, MONTHS.since, MONTHS.until)
    with db.connect("owner", autocommit=True) as analyst:
        analyst.execute("ANALYZE")
    return found
