"""Ages: durations in whole days, added up as they change, beside the figures that read every piece."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics import ages
from metrics.period import Period

CELLS = text(
    "SELECT CAST(a AS text) FROM kpi.age_cell a WHERE customer_id = :customer AND kind = 'time_to_bill' ORDER BY 1"
)


@pytest.fixture
def cells(world):
    return lambda: world.conn.execute(CELLS, {"customer": world.customer_id}).scalars().all()


@pytest.fixture
def add_up(world):
    def added(*, everything: bool = False) -> int:
        world.work_out()
        return ages.add_up(world.conn, world.customer_id, ages.WORK, everything=everything)

    return added


@pytest.fixture
def told(world, as_viewer, at):
    """What the ages say of whole days: one of `summary`, `curve` and `open_by_day`."""

    def ask(name: str, since: str, until: str, as_of: str = "2026-11-20 14:20", **more):
        period = Period.parse(f"{since}..{until}", "UTC", at(as_of))
        with as_viewer([world.customer_id]) as reader:
            return getattr(ages, name)(
                reader, ages.WORK, [world.customer_id], period, as_of=at(as_of), **more
            )

    return ask


def test_the_median_counts_what_is_still_open(world, at, add_up, told) -> None:
    for days in (2, 4, 6):
        world.billed_entry(at("2026-06-02 12:00") + timedelta(days=days))
    world.entry()
    world.entry()
    add_up()
    row = next(row for row in told("summary", "2026-06-01", "2026-07-01") if row["currency"] is None)
    assert (row["value"], row["numerator"], row["denominator"], row["still_open"]) == (6, 3, 5, 2)
    assert row["within_7_days"] == pytest.approx(0.6)


def test_only_the_days_that_were_touched_are_written(world, at, add_up) -> None:
    world.billed_entry(at("2026-06-12 12:00"))
    world.entry(approved_at=at("2026-06-03 12:00"))
    assert add_up() == 4, "two days, each for its project and for all together"
    world.billed_entry(at("2026-06-12 12:00"), approved_at=at("2026-06-04 12:00"))
    assert add_up() == 2
    assert add_up() == 0


def test_work_that_is_gone_leaves_no_cell_behind(world, at, add_up, cells) -> None:
    entry = world.entry()
    add_up()
    assert cells()
    world.change("biz.time_entry", entry, billable=False)
    add_up()
    assert cells() == []


def test_what_nobody_knows_is_unknown_and_in_no_curve(world, at, add_up, told) -> None:
    world.entry(invoice_line_ref="never-read")
    add_up()
    rows = told("summary", "2026-06-01", "2026-07-01")
    assert [(row["currency"], row["value"], row["denominator"], row["unknown"]) for row in rows] == [
        (None, None, None, 1),
        ("USD", None, None, 1),
    ]
    assert told("curve", "2026-06-01", "2026-07-01") == []


def test_a_day_that_is_not_over_is_not_watched(world, at, add_up, told) -> None:
    world.billed_entry(at("2026-06-12 12:00"))
    add_up()
    (count, _) = told("summary", "2026-06-01", "2026-07-01", as_of="2026-06-12 23:00")
    assert (str(count["last_day"]), count["numerator"], count["still_open"]) == ("2026-06-11", 0, 1)


def test_ageing_is_told_by_day_and_band(world, at, add_up, told) -> None:
    world.billed_entry(at("2026-07-10 12:00"))
    add_up()
    rows = told("open_by_day", "2026-06-01", "2026-08-01")
    open_ = {(str(row["day"]), row["band"]): (row["n"], row["amount"]) for row in rows}
    assert open_["2026-06-01", "0-30"] == (0, 0)
    assert open_["2026-06-02", "0-30"] == open_["2026-07-02", "0-30"] == (1, Decimal(100))
    assert open_["2026-07-03", "0-30"] == (0, 0)
    assert open_["2026-07-03", "31-60"] == open_["2026-07-09", "31-60"] == (1, Decimal(100))
    assert open_["2026-07-10", "31-60"] == (0, 0)


DAYS = st.integers(min_value=0, max_value=40).map(lambda days: timedelta(days=days))
PIECE = st.fixed_dictionaries(
    {
        "approved": DAYS,
        "unread": st.booleans(),
        "state": st.sampled_from(
            [
                "none",
                "draft",
                "posted",
                "void",
                "void and posted",
                "split",
                "unknown",
                "never read",
                "written off",
                "removed",
            ]
        ),
        "posted": DAYS,
        "ended": DAYS,
        "again": DAYS,
        "rate": st.sampled_from([None, 100, Decimal("33.33")]),
        "currency": st.sampled_from(["USD", "EUR", None]),
    }
)


def _make(world, start, piece) -> None:
    """A piece of work to which everything happens at noon, so that whole days and seconds say the same."""
    approved = start + piece["approved"]
    posted = approved + piece["posted"]
    ended = posted + piece["ended"]
    more: dict = {"approval_state": "approved"}
    if piece["unread"]:
        more = {"approval_state": "unknown", "approval_precision": None}
    lines = []
    match piece["state"]:
        case "draft":
            more["invoice_line_ref"] = world.line(world.invoice("draft", created_at=posted))
        case "unknown":
            more["invoice_line_ref"] = world.line(
                world.invoice("unknown", created_at=posted, deleted_at=ended)
            )
        case "never read":
            more["invoice_line_ref"] = "never-read"
        case "posted":
            more["invoice_line_ref"] = world.line(world.invoice("posted", posted))
        case "void":
            more["invoice_line_ref"] = world.line(world.invoice("void", posted, voided_at=ended))
        case "void and posted":
            lines = [
                (world.line(world.invoice("void", posted, voided_at=ended)), 1),
                (world.line(world.invoice("posted", ended + piece["again"])), 1),
            ]
        case "split":
            lines = [
                (world.line(world.invoice("posted", posted)), Decimal("0.6")),
                (
                    world.line(
                        world.invoice("void", posted + piece["again"], voided_at=ended + piece["again"])
                    ),
                    Decimal("0.4"),
                ),
            ]
        case "written off":
            more |= {"bill_state": "written_off", "written_off_at": ended}
        case "removed":
            more |= {"deleted_at": ended, "deleted_how": "absence"}
    own = world.entry(
        entered_at=approved,
        submitted_at=approved,
        approved_at=None if piece["unread"] else approved,
        rate=piece["rate"],
        currency=piece["currency"],
        **more,
    )
    for line, share in lines:
        world.link(line, own, share=share)


def _at_age(rows, age: int) -> tuple[float, float, float]:
    """Shares billed, ended otherwise and open at the end of a day of age."""
    before = [row for row in rows if row["age_days"] <= age]
    last = max(before, key=lambda row: row["age_days"], default=None)
    return (last["billed"], last["ended_otherwise"], last["open"]) if last else (0.0, 0.0, 1.0)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(PIECE, min_size=1, max_size=9),
    window=st.tuples(st.integers(0, 60), st.integers(1, 110)),  # its last day is over
)
def test_ages_are_the_figure_in_days(world, at, add_up, told, made, window) -> None:
    """Every window says what the pieces themselves say of it."""
    with world.conn.begin_nested() as undone:
        start = at("2026-06-02 12:00")
        for piece in made:
            _make(world, start, piece)
        add_up()
        since = start.date() + timedelta(days=window[0])
        span = {"since": str(since), "until": str(since + timedelta(days=window[1]))}
        exact = {row["currency"]: row for row in world.ask("time_to_bill", **span)}
        ours = {row["currency"]: row for row in told("summary", **span)}
        for currency, row in exact.items():
            own = ours.get(currency, {})
            for name in ("numerator", "denominator", "still_open", "ended_otherwise", "unknown"):
                assert (own.get(name) or 0) == (row[name] or 0), (currency, name, span)
        curves = world.ask("time_to_bill_curve", **span), told("curve", **span)
        for currency in exact:
            theirs, mine = ([row for row in rows if row["currency"] == currency] for rows in curves)
            for age in range(0, 170, 1):
                assert _at_age(mine, age) == pytest.approx(_at_age(theirs, age), abs=1e-9), (
                    currency,
                    age,
                    span,
                )
        last = [
            row for row in told("open_by_day", **span) if row["day"] == since + timedelta(days=window[1] - 1)
        ]
        assert sum(row["n"] for row in last) == (exact[None]["still_open"] or 0)
        undone.rollback()
