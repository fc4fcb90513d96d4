"""Ages: a curve over thirteen months and 100,000 pieces of work from added up days, beside the same from every piece."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from metrics import ages
from metrics.period import Period
from sql import query
from sql.ask import mappings
from sql.database import Database, viewer
from tests.bench.timing import Result, timed

PIECES, PROJECTS = 100_000, 200
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
MONTHS = Period.parse("2025-10-01..2026-11-01", "UTC", NOW)

ESTATE = (
    """
INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)
SELECT min(p.partner_id), 'ages', 'Ages', 'UTC', 'USD' FROM ops.partner p""",
    """
INSERT INTO ops.system (customer_id, key, role, kind)
SELECT customer_id, 'psa', 'psa', 'sql' FROM ops.customer WHERE key = 'ages'""",
    # approved at noon within a fortnight, billed at noon with its project's bill of the month that follows; of twenty one waits for ever,
    # and of fifty one bill is void and made again five days later
    """
INSERT INTO kpi.work (customer_id, system_id, item_type, item_id, project_ref, worked_on, hours, amount, currency, value_basis, opens_at,
                      submitted_at, approved_at, is_approval_unknown, leaves_at, settled_at, phase, phase_from, phase_to, phase_share, phase_invoice)
SELECT s.customer_id, s.system_id, 'time_entry', 'T' || g.n, 'P' || g.project, CAST(g.done AS date), 1, 80 + g.n % 40, 'USD', 'exact', g.done, g.done,
       g.approved, false, 'infinity', CASE WHEN g.n % 20 = 0 THEN 'infinity' ELSE g.billed END,
       CASE WHEN g.n % 20 = 0 THEN '{}' WHEN g.n % 50 = 1 THEN ARRAY['billed', 'billed'] ELSE ARRAY['billed'] END,
       CASE WHEN g.n % 20 = 0 THEN '{}' WHEN g.n % 50 = 1 THEN ARRAY[g.billed, g.billed + interval '5 days'] ELSE ARRAY[g.billed] END,
       CASE WHEN g.n % 20 = 0 THEN '{}' WHEN g.n % 50 = 1 THEN ARRAY[g.billed + interval '5 days', 'infinity'] ELSE ARRAY[CAST('infinity' AS timestamptz)] END,
       CASE WHEN g.n % 20 = 0 THEN '{}' WHEN g.n % 50 = 1 THEN ARRAY[1, 1] ELSE ARRAY[1] END,
       CASE WHEN g.n % 20 = 0 THEN '{}' WHEN g.n % 50 = 1 THEN ARRAY['I', 'J'] ELSE ARRAY['I'] END
FROM (
  SELECT n.n, n.n % :projects AS project, n.done, n.done + make_interval(days => n.n % 14) AS approved,
         date_trunc('month', n.done + make_interval(days => n.n % 14)) + interval '1 month 12 hours' + make_interval(days => n.n % :projects % 9) AS billed
  FROM (
    SELECT n, CAST(:since AS timestamptz) - interval '60 days' + make_interval(days => CAST(n % 450 AS int), hours => 12) AS done
    FROM generate_series(1, :pieces) n
  ) n
) g
JOIN ops.system s ON true
JOIN ops.customer c ON c.customer_id = s.customer_id AND c.key = 'ages'""",
)
MONTH_DIRTY = """
INSERT INTO kpi.age_dirty (customer_id, kind, began_on)
SELECT :customer, 'time_to_bill', CAST(d AS date) FROM generate_series(DATE '2026-10-03', DATE '2026-11-01', interval '1 day') d
ON CONFLICT DO NOTHING
"""


def run(db: Database, say: Callable[[str], None]) -> Iterator[Result]:
    """The ratios; before anything is timed, both ways must tell the same shares at every age."""
    customer = _fill(db)
    with db.engine("metrics").begin() as conn:
        cells = ages.add_up(conn, customer, ages.WORK, everything=True)
        whole = conn.execute(text("SELECT count(*) FROM kpi.age_cell WHERE project = ''")).scalar_one()
    with db.connect("owner", autocommit=True) as analyst:
        analyst.execute("ANALYZE")
    say(f"  {PIECES:,} pieces in {cells:,} cells, {whole:,} of them of all projects together")
    with viewer(db, [customer]) as conn:
        _agree(conn, customer)
        items = timed("items", lambda: _items(conn, customer), warm=2)
        ours = timed("ages", lambda: _ages(conn, customer), warm=2)
        daily = timed("daily", lambda: _daily(conn, customer), warm=2)
    yield Result(
        "curve of time to bill over 13 months and 100,000 pieces: from every piece over from ages", items.median / ours.median, 5.0, None,
        f"{ours.median * 1000:.0f} ms against {items.median * 1000:.0f} ms",
    )  # fmt: skip
    yield Result(
        "ageing of open work day by day over 13 months: the curve from every piece over it", items.median / daily.median, 5.0, None,
        f"{daily.median * 1000:.0f} ms against {items.median * 1000:.0f} ms",
    )  # fmt: skip

    def marked() -> None:
        with db.engine("owner").begin() as conn:
            conn.execute(text(MONTH_DIRTY), {"customer": customer})

    def add_up(*, everything: bool) -> None:
        with db.engine("metrics").begin() as conn:
            ages.add_up(conn, customer, ages.WORK, everything=everything)

    month = timed("a month", lambda: add_up(everything=False), before=marked)
    all_ = timed("all", lambda: add_up(everything=True))
    yield Result(
        "adding up again the days of one month, over all of them", month.median / all_.median, None, 0.3,
        f"{month.median * 1000:.0f} ms against {all_.median * 1000:.0f} ms",
    )  # fmt: skip


def _items(conn: Connection, customer: int) -> list[dict[str, Any]]:
    asked = {
        "customer_ids": [customer],
        "since": MONTHS.since,
        "until": MONTHS.until,
        "as_of": NOW,
        "by": None,
    }
    return mappings(conn, query("viewer/time_to_bill_curve"), asked)


def _ages(conn: Connection, customer: int) -> list[dict[str, Any]]:
    return ages.curve(conn, ages.WORK, [customer], MONTHS, as_of=NOW)


def _daily(conn: Connection, customer: int) -> list[dict[str, Any]]:
    return ages.open_by_day(conn, ages.WORK, [customer], MONTHS, as_of=NOW)


def _agree(conn: Connection, customer: int) -> None:
    """Everything happens at noon, so that whole days and seconds say the same."""
    theirs = {(row["currency"], row["age_days"]): row["open"] for row in _items(conn, customer)}
    ours = {(row["currency"], row["age_days"]): row["open"] for row in _ages(conn, customer)}
    shared = theirs.keys() & ours.keys()
    assert len(shared) > 50, len(shared)
    assert max(abs(theirs[key] - ours[key]) for key in shared) < 1e-9


def _fill(db: Database) -> int:
    asked: dict[str, Any] = {"pieces": PIECES, "projects": PROJECTS, "since": MONTHS.since}
    with db.engine("owner").begin() as conn:
        for statement in ESTATE:
            prepared = text(statement)
            conn.execute(prepared, {name: asked[name] for name in prepared.compile().params})
        found = conn.execute(text("SELECT customer_id FROM ops.customer WHERE key = 'ages'")).scalar_one()
    with db.connect("owner", autocommit=True) as analyst:
        analyst.execute("ANALYZE")
    return int(found)
