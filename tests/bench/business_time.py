"""Expectations: many deadlines and durations in business time beside one multirange per item; a sweep of what changed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, text

import sql
from metrics import expectations
from metrics.calendars import materialise
from metrics.news import News
from sql.database import Database
from tests.bench.timing import Result, timed

MANY = 200_000
SAMPLE = 200
"""Items that the obvious way is timed on; its time for all of them follows, because each item is a question of its own."""
DEALS, CHANGED = 100_000, 500
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
OFFICE = {day: [["09:00", "12:30"], ["13:15", "17:30"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CLOCK = (Path(sql.__file__).parent / "fragments" / "expectation_clock.sql").read_text(encoding="utf-8")

MAKE_ITEMS = """
CREATE TEMP TABLE bench_item AS
SELECT n AS item_id, CAST(:customer AS int) AS customer_id, CAST(:calendar AS int) AS calendar_id, 'Europe/London' AS time_zone, at AS opened_at,
       at + make_interval(secs => random() * 20 * 86400) AS closed_at
FROM (SELECT n, TIMESTAMPTZ '2024-01-01Z' + make_interval(secs => random() * 1000 * 86400) AS at FROM generate_series(1, :items) n) g
"""
DEADLINES = f"""
WITH clock AS (
  SELECT CAST(:customer AS int) AS customer_id, CAST(:calendar AS int) AS calendar_id, CAST(:seconds AS int) AS deadline_seconds,
         CAST(:days AS int) AS business_days, 'Europe/London' AS time_zone
),
begun AS (
  SELECT i.*, c.deadline_seconds, c.business_days
  FROM bench_item i
  CROSS JOIN clock c
),
{CLOCK}
SELECT count(*), sum(extract(epoch FROM due_at - opened_at)) FROM timed
"""
ONE_BY_ONE_DEADLINES = """
SELECT count(*), sum(extract(epoch FROM d.due_at - i.opened_at))
FROM bench_item i
CROSS JOIN LATERAL (
  SELECT min(u.opens_at + make_interval(secs => :seconds - u.before)) FILTER (WHERE u.before + u.length >= :seconds) AS due_at
  FROM (
    SELECT r.opens_at, r.length, coalesce(sum(r.length) OVER (ORDER BY r.opens_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM (
      SELECT lower(r) AS opens_at, CAST(extract(epoch FROM upper(r) - lower(r)) AS float8) AS length
      FROM unnest((
        SELECT range_agg(tstzrange(w.opens_at, w.closes_at)) * tstzmultirange(tstzrange(i.opened_at, NULL))
        FROM ops.calendar_window w
        WHERE w.customer_id = i.customer_id AND w.calendar_id = i.calendar_id AND w.closes_at > i.opened_at
      )) r
    ) r
  ) u
) d
WHERE i.item_id <= :sample
"""
# duration = bs(stop) - bs(start): two searches in the calendar's windows
DURATIONS = """
SELECT count(*), sum(b.seconds - a.seconds)
FROM bench_item i
JOIN (
  SELECT w.customer_id, w.calendar_id, array_agg(w.opens_at ORDER BY w.opens_at) AS opens, array_agg(w.closes_at ORDER BY w.opens_at) AS closes,
    array_agg(w.seconds_before ORDER BY w.opens_at) AS before
  FROM ops.calendar_window w
  WHERE w.customer_id = :customer AND w.calendar_id = :calendar
  GROUP BY w.customer_id, w.calendar_id
) w ON w.customer_id = i.customer_id AND w.calendar_id = i.calendar_id
CROSS JOIN LATERAL (SELECT width_bucket(i.opened_at, w.opens) AS n OFFSET 0) f
CROSS JOIN LATERAL (SELECT width_bucket(i.closed_at, w.opens) AS n OFFSET 0) u
CROSS JOIN LATERAL (SELECT w.before[f.n] + extract(epoch FROM least(i.opened_at, w.closes[f.n]) - w.opens[f.n]) AS seconds) a
CROSS JOIN LATERAL (SELECT w.before[u.n] + extract(epoch FROM least(i.closed_at, w.closes[u.n]) - w.opens[u.n]) AS seconds) b
"""
ONE_BY_ONE_DURATIONS = """
SELECT count(*), sum(d.seconds)
FROM bench_item i
CROSS JOIN LATERAL (
  SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0) AS seconds
  FROM unnest((
    SELECT range_agg(tstzrange(w.opens_at, w.closes_at)) * tstzmultirange(tstzrange(i.opened_at, i.closed_at))
    FROM ops.calendar_window w
    WHERE w.customer_id = i.customer_id AND w.calendar_id = i.calendar_id AND w.closes_at > i.opened_at AND w.opens_at < i.closed_at
  )) r
) d
WHERE i.item_id <= :sample
"""
MAKE_DEALS = """
INSERT INTO biz.opportunity (customer_id, system_id, source_id, number, stage, is_won, is_lost, amount, currency, won_at, first_seen_at, last_seen_at)
SELECT :customer, :system, 'O' || n, 'OPP-' || n, 'won', true, false, 1000, 'GBP', TIMESTAMPTZ '2024-01-01Z' + n * interval '7 minutes',
       '2026-11-01Z', '2026-11-01Z'
FROM generate_series(1, :deals) n
"""
CHANGE_DEALS = """
UPDATE biz.opportunity SET amount = amount + 1, last_seen_at = :now
WHERE customer_id = :customer AND source_id IN (SELECT 'O' || n * 190 FROM generate_series(1, :changed) n)
"""


def run(db: Database, customer: int, system: int, items: int) -> Iterator[Result]:
    """The ratios of so many items; the calendar is London's with two spans a day and public holidays."""
    with db.engine("owner").begin() as conn:
        calendar = _calendar(conn, customer)
        asked = {
            "customer": customer,
            "calendar": calendar,
            "items": items,
            "sample": SAMPLE,
            "seconds": 4 * 3600,
        }
        _ask(conn, MAKE_ITEMS, asked)
        conn.execute(text("ANALYZE bench_item"))
        conn.execute(text("SET LOCAL jit = off"))
        yield _against(
            "deadlines in open hours", conn, DEADLINES, ONE_BY_ONE_DEADLINES, asked | {"days": None}
        )
        yield _against("durations in open hours", conn, DURATIONS, ONE_BY_ONE_DURATIONS, asked)
        yield _sweep(conn, customer, system, calendar)


def _against(title: str, conn: Connection, bulk: str, single: str, asked: dict[str, object]) -> Result:
    same = bulk.replace("bench_item i", "(SELECT * FROM bench_item WHERE item_id <= :sample) i")
    ours, theirs = _ask(conn, same, asked), _ask(conn, single, asked)
    assert ours is not None, title
    assert theirs is not None, title
    assert [round(float(n), 2) for n in ours] == [round(float(n), 2) for n in theirs], title
    once: dict[str, int] = {"warm": 0, "repeats": 1} if int(str(asked["items"])) > MANY else {}
    together = timed("cumulative", lambda: _ask(conn, bulk, asked), **once)
    one_by_one = timed("one multirange per item", lambda: _ask(conn, single, asked))
    scaled = one_by_one.median * int(str(asked["items"])) / SAMPLE
    return Result(
        f"{title}, one multirange per item ÷ cumulative",
        scaled / together.median,
        10,
        None,
        f"{together.median:.1f} s for {asked['items']:,} items; {one_by_one.median:.2f} s for {SAMPLE:,} one by one",
    )


def _sweep(conn: Connection, customer: int, system: int, calendar: int) -> Result:
    asked = {"customer": customer, "system": system, "deals": DEALS, "changed": CHANGED, "calendar": calendar}
    conn.execute(text(MAKE_DEALS), {name: asked[name] for name in ("customer", "system", "deals")})
    conn.execute(
        text(
            "INSERT INTO ops.expectation_rule (customer_id, key, rule, deadline_seconds, calendar_id, valid_from)"
            " VALUES (:customer, 'won', 'won-to-project', 14400, :calendar, '2020-01-01')"
        ),
        {"customer": customer, "calendar": calendar},
    )
    conn.execute(text("ANALYZE biz.opportunity"))
    moment = NOW
    everything = timed(
        "everything", lambda: expectations.work_out(conn, customer, News(customer, None, 0, ()))
    )

    def change() -> None:
        nonlocal moment
        moment += timedelta(minutes=5)
        conn.execute(text(CHANGE_DEALS), {"customer": customer, "changed": CHANGED, "now": moment})

    some = timed(
        "changed", lambda: expectations.work_out(conn, customer, News(customer, moment, 0, ())), change
    )
    return Result(
        f"sweep of {CHANGED:,} changed records ÷ of all {DEALS:,}",
        some.median / everything.median,
        None,
        0.1,
        f"{some.median:.2f} s, {everything.median:.1f} s",
    )


def _calendar(conn: Connection, customer: int) -> int:
    calendar = conn.execute(
        text(
            "INSERT INTO ops.calendar (customer_id, key, time_zone, hours, holidays)"
            " VALUES (:customer, 'office', 'Europe/London', CAST(:hours AS jsonb), 'GB-ENG') RETURNING calendar_id"
        ),
        {"customer": customer, "hours": json.dumps(OFFICE)},
    ).scalar_one()
    materialise(conn, customer, NOW)
    conn.execute(text("ANALYZE ops.calendar_window"))
    return int(calendar)


def _ask(conn: Connection, statement: str, asked: dict[str, object]) -> tuple[float, ...] | None:
    prepared = text(statement)
    result = conn.execute(prepared, {name: asked[name] for name in prepared.compile().params})
    return tuple(result.one()) if result.returns_rows else None
