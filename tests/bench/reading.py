"""Reading: a customer's month from rollups beside the raw rows and an exact DuckDB scan; counting dirty cells again."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from metrics.period import Period
from metrics.read import answer
from metrics.rollup import recompute
from sql.database import Database, viewer
from tests.bench.timing import Result, Timing, timed

Duck = Callable[[int, str], tuple[Any, ...]]
CUSTOMERS = 200
FLOWS = 6
WARM = 12
"""Executions before the counted ones: a server's connections live long, and the driver and the database prepare a
statement for good only after ten of them. The same number for every way of asking."""
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
OCTOBER = Period.parse("2026-10", "UTC", NOW)

ESTATE = """
INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)
SELECT p.partner_id, 'bench-' || g, 'Bench ' || g, 'UTC', 'USD'
FROM (SELECT min(partner_id) AS partner_id FROM ops.partner) p CROSS JOIN generate_series(1, :customers) g;
INSERT INTO ops.system (customer_id, key, role, kind)
SELECT customer_id, 'runs', 'ipaas', 'sql' FROM ops.customer WHERE key LIKE 'bench-%';
INSERT INTO ops.flow (customer_id, key, name, workflow, runs_system_id, runs_match)
SELECT s.customer_id, 'flow-' || g, 'Flow ' || g, 'bench', s.system_id, 'flow-' || g
FROM ops.system s JOIN ops.customer c ON c.customer_id = s.customer_id AND c.key LIKE 'bench-%'
CROSS JOIN generate_series(1, :flows) g;
INSERT INTO ops.flow_promise (customer_id, flow_id, valid_from, deadline_seconds, latency_threshold_seconds)
SELECT f.customer_id, f.flow_id, '2000-01-01', 3600, 60
FROM ops.flow f JOIN ops.customer c ON c.customer_id = f.customer_id AND c.key LIKE 'bench-%'
"""

# Every tenth run belongs to the first customer, the others are spread evenly: one large tenant among many small.
RUNS = """
INSERT INTO raw.run (customer_id, system_id, external_id, due_at, flow_id, transaction_key, workflow_name, status, source_status,
                     started_at, finished_at, source_changed_at, target_committed_at, attempts, records_in, records_ok,
                     records_bad, first_seen_at, last_seen_at)
SELECT f.customer_id, f.runs_system_id, 'r' || g.n, g.due, f.flow_id, 'r' || g.n, f.key,
       CASE WHEN g.n % 199 = 0 THEN 'failed' ELSE 'success' END, 'x', g.due, g.due + g.took, g.due - interval '2 s',
       g.due + g.took, 1 + CAST(g.n % 53 = 0 AS int), 10, 10, 0, g.due + g.took, g.due + g.took
FROM (
  SELECT n, TIMESTAMPTZ '2026-10-01Z' + make_interval(secs => random() * 31 * 86400) AS due,
         make_interval(secs => exp(2.5 + sqrt(-2 * ln(1 - random())) * cos(6.283185 * random()))) AS took,
         CASE WHEN n % 10 = 0 THEN 1 ELSE 1 + n / 7 % :customers END AS place, 1 + n % :flows AS flow
  FROM generate_series(CAST(:first AS int), CAST(:last AS int)) n
) g
JOIN bench_flow f ON f.place = g.place AND f.flow = g.flow
"""
FLOW_PLACES = """
CREATE TEMP TABLE bench_flow AS
SELECT f.customer_id, f.runs_system_id, f.flow_id, f.key,
       dense_rank() OVER (ORDER BY f.customer_id) AS place, row_number() OVER (PARTITION BY f.customer_id ORDER BY f.flow_id) AS flow
FROM ops.flow f JOIN ops.customer c ON c.customer_id = f.customer_id AND c.key LIKE 'bench-%'
"""
RAW_COUNTS = """
SELECT count(*) AS valid, count(*) FILTER (WHERE status = 'success' AND finished_at <= due_at + interval '1 hour') AS good,
       count(*) FILTER (WHERE attempts > 1) AS retried, sum(records_ok) AS records
FROM raw.run WHERE customer_id = :customer AND due_at >= :since AND due_at < :until
"""
# A failed run counts as infinitely late, as in the product.
RAW_PERCENTILES = """
SELECT percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY CASE WHEN status = 'success'
         THEN CAST(extract(epoch FROM target_committed_at - source_changed_at) AS float8) ELSE 'Infinity' END) AS latency
FROM raw.run WHERE customer_id = :customer AND due_at >= :since AND due_at < :until
"""
# Five minutes of polling: of every customer, two flows had runs in the hour that is going on.
POLLED = """
INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)
SELECT f.customer_id, f.flow_id, TIMESTAMPTZ '2026-10-31T17:00Z' FROM bench_flow_of_poll f
ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL
"""


def fill(db: Database, runs: int, say: Callable[[str], None]) -> tuple[int, int]:
    """Runs of October over 200 customers, counted once; answers the ids of the large and of a small customer."""
    with db.engine("owner").begin() as conn:
        conn.execute(text("SELECT ops.ensure_month(DATE '2026-10-01')"))
        for statement in ESTATE.split(";"):
            _with(conn, statement, customers=CUSTOMERS, flows=FLOWS)
        conn.execute(text(FLOW_PLACES))
        for first in range(1, runs + 1, 500_000):
            last = min(first + 499_999, runs)
            _with(conn, RUNS, first=first, last=last, customers=CUSTOMERS, flows=FLOWS)
            say(f"  {last:,} runs")
        large, small = (
            conn.execute(
                text("SELECT customer_id FROM bench_flow WHERE place = :place LIMIT 1"), {"place": place}
            ).scalar_one()
            for place in (1, 2)
        )
        conn.execute(
            text(
                "INSERT INTO ops.dirty_cell (customer_id, flow_id, hour)"
                " SELECT DISTINCT customer_id, flow_id, date_trunc('hour', due_at, 'UTC') FROM raw.run WHERE flow_id IS NOT NULL"
                " ON CONFLICT DO NOTHING"
            )
        )
        conn.execute(
            text("CREATE TABLE public.bench_flow_of_poll AS SELECT * FROM bench_flow WHERE flow <= 2")
        )
    with db.connect("owner", autocommit=True) as conn:
        conn.execute("ANALYZE")
    counted = _once(lambda: recompute(db, NOW))
    say(f"  counted from scratch in {counted:.1f} s")
    with db.connect("owner", autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")  # else the server does it by itself while the first ways are timed
    return large, small


def run(db: Database, runs: int, say: Callable[[str], None]) -> Iterator[Result]:
    """The ratios of reading; counts and percentiles of a small and of the large customer."""
    large, small = fill(db, runs, say)
    with tempfile.TemporaryDirectory() as folder:
        duck = _duckdb(db, Path(folder) / "runs.parquet")
        for name, customer in (("one customer of 200", small), ("the large customer", large)):
            asked = {"customer": customer, "since": OCTOBER.since, "until": OCTOBER.until}
            with viewer(db, [customer]) as conn:
                _agree(conn, duck, customer, asked)
                for what, metric, statement, bound in (
                    ("counts", "sync_success_rate", RAW_COUNTS, 20.0),
                    ("percentiles", "sync_latency", RAW_PERCENTILES, 4.0),
                ):
                    month = f"month of {name}, {what}"
                    ours = timed("rollups", lambda c=conn, m=metric, i=customer: _ask(c, m, i), warm=WARM)
                    raw = timed(
                        "raw", lambda c=conn, s=statement, a=asked: c.execute(text(s), a).all(), warm=WARM
                    )
                    yield _over(f"{month}: raw rows over rollups", raw, ours, at_least=bound)
                    if customer == small:
                        anew = timed("anew", lambda c=conn, m=metric, i=customer: _ask(c, m, i, as_of=NOW))
                        yield _over(f"{month}: the figure counted anew over rollups", anew, ours, bound)
                    scan = timed("DuckDB", lambda i=customer, w=what: duck(i, w), warm=WARM)
                    yield _over(f"{month}: DuckDB over rollups", scan, ours, at_least=1.0)

    def polled() -> None:
        with db.engine("owner").begin() as conn:
            conn.execute(text(POLLED))

    again = timed("dirty cells of five minutes' polling", lambda: recompute(db, NOW), before=polled)
    yield Result(
        "dirty cells of five minutes' polling for 200 customers, seconds", again.median, None, 0.5,
        f"{CUSTOMERS * 2} cells in {again.median:.3f} s",
    )  # fmt: skip


def _ask(conn: Connection, metric: str, customer: int, as_of: datetime | None = None) -> dict[str, Any]:
    """The same question that a page asks: the product's own query, without the coverage beside it.

    With `as_of` it reads the transactions themselves, under all definitions.
    """
    asked = {
        "customer_ids": [customer],
        "since": OCTOBER.since,
        "until": OCTOBER.until,
        "as_of": as_of,
        "by": None,
    }
    (found,) = answer(conn, metric, asked, is_counted=as_of is None)
    return found


def _agree(conn: Connection, duck: Duck, customer: int, asked: dict[str, Any]) -> None:
    """All three ways answer the same question: equal counts, medians and 95th percentiles near each other (few runs lie far apart)."""
    counted = _ask(conn, "sync_success_rate", customer)
    raw = conn.execute(text(RAW_COUNTS), asked).one()
    scanned = duck(customer, "counts")
    assert (counted["denominator"], counted["numerator"]) == (raw.valid, raw.good) == scanned[:2], (
        counted,
        raw,
        scanned,
    )
    counted = _ask(conn, "sync_latency", customer)
    raw = conn.execute(text(RAW_PERCENTILES), asked).scalar_one()
    scanned = duck(customer, "percentiles")[0]
    said = f"{counted['p50']}, {counted['p95']} against {raw} and {scanned}"
    for ours, exact, also in zip((counted["p50"], counted["p95"]), raw, scanned, strict=False):
        assert abs(ours / exact - 1) < 0.1, said
        assert abs(also / exact - 1) < 1e-6, said


def _over(title: str, theirs: Timing, ours: Timing, at_least: float) -> Result:
    said = f"{ours.median * 1000:.1f} ms against {theirs.median * 1000:.1f} ms"
    return Result(title, theirs.median / ours.median, at_least, None, said)


def _once(work: Callable[[], object]) -> float:
    import time

    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _with(conn: Connection, statement: str, **values: Any) -> None:
    asked = text(statement)
    conn.execute(asked, {key: value for key, value in values.items() if key in asked.compile().params})


def _duckdb(db: Database, file: Path) -> Duck:
    """An exact scan of the same rows in Parquet sorted by customer and due time."""
    import duckdb

    query = (
        "SELECT customer_id, due_at, status, attempts, records_ok, finished_at,"
        " CAST(extract(epoch FROM target_committed_at - source_changed_at) AS float8) AS latency"
        " FROM raw.run ORDER BY customer_id, due_at"
    )
    plain = file.with_suffix(".csv")
    copied = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)"
    with db.connect("owner") as conn, conn.cursor().copy(copied) as parts, plain.open("wb") as out:
        for part in parts:
            out.write(part)
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    types = "{'due_at': 'TIMESTAMPTZ', 'finished_at': 'TIMESTAMPTZ', 'customer_id': 'INTEGER', 'attempts': 'INTEGER', 'records_ok': 'INTEGER'}"
    duck.execute(
        f"COPY (SELECT * FROM read_csv('{plain}', types = {types}) ORDER BY customer_id, due_at) TO '{file}' (FORMAT parquet)"
    )
    plain.unlink()
    where = f"FROM '{file}' WHERE customer_id = ? AND due_at >= TIMESTAMPTZ '2026-10-01' AND due_at < TIMESTAMPTZ '2026-11-01'"
    asked = {
        "counts": "SELECT count(*), count(*) FILTER (status = 'success' AND finished_at <= due_at + INTERVAL 1 HOUR),"
        f" count(*) FILTER (attempts > 1), sum(records_ok) {where}",
        "percentiles": "SELECT quantile_disc(CASE WHEN status = 'success' THEN latency ELSE 'infinity' END, [0.5, 0.95, 0.99])"
        f" {where}",
    }

    def ask(customer: int, what: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] | None = duck.execute(asked[what], [customer]).fetchone()
        assert found is not None
        return found

    return ask
