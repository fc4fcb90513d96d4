"""Ages of time sheets, deals and bills in whole days, beside the figures that read every one of them."""

from datetime import timedelta
from decimal import Decimal
from math import floor, isinf

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics import ages
from metrics.period import Period

DAY = timedelta(days=1)
LATER = "2026-11-20 14:20"
COUNTS = ("numerator", "denominator", "still_open", "ended_otherwise", "unknown")


@pytest.fixture
def add_up(world):
    def added(kind: str, *, everything: bool = False) -> int:
        world.work_out()
        return ages.add_up(world.conn, world.customer_id, kind, everything=everything)

    return added


@pytest.fixture
def told(world, as_viewer, at):
    """What the ages say of whole days, by currency."""

    def ask(kind: str, since: str, until: str, as_of: str = LATER, **more):
        period = Period.parse(f"{since}..{until}", "UTC", at(as_of))
        with as_viewer([world.customer_id]) as reader:
            found = ages.summary(reader, kind, [world.customer_id], period, as_of=at(as_of), **more)
        return {row["currency"]: row for row in found}

    return ask


@pytest.fixture
def the_same(world, told):
    """Asserts that ages and figure speak of the same pieces, and of the same days."""

    def check(kind: str, since: str, until: str, as_of: str = LATER) -> None:
        mine = told(kind, since, until, as_of)
        for exact in world.ask(kind, since=since, until=until, as_of=as_of):
            own = mine.get(exact["currency"], {})
            for name in COUNTS:
                assert (own.get(name) or 0) == (exact[name] or 0), (kind, name, exact["currency"])
            for name, named in (("value", "value"), ("three_quarters_at", "three_quarters_at")):
                theirs = exact[named]
                if theirs is None:
                    assert own.get(name) is None
                else:
                    assert own[name] == (theirs if isinf(theirs) else floor(theirs / 86400)), (kind, name)

    return check


def test_time_that_is_not_handed_in_is_open(world, at, add_up, told) -> None:
    world.entry(submitted_at=at("2026-06-05 10:00"))
    world.entry(submitted_at=None, approved_at=None, approval_state="draft")
    assert add_up("timesheet_lag") == 2
    row = told("timesheet_lag", "2026-06-01", "2026-07-01")[None]
    assert (row["value"], row["numerator"], row["still_open"]) == (3, 1, 1)


def test_time_that_nobody_approves_is_unknown(world, add_up, told) -> None:
    world.entry(approval_precision="entered")
    add_up("approval_lag")
    assert told("approval_lag", "2026-06-01", "2026-07-01")[None]["unknown"] == 1


def test_time_that_is_typed_in_late_was_not_there_before(world, at, add_up, told) -> None:
    world.entry(entered_at=at("2026-06-10 09:00"), submitted_at=at("2026-06-10 10:00"))
    add_up("timesheet_lag")
    assert told("timesheet_lag", "2026-06-01", "2026-06-10") == {}
    assert told("timesheet_lag", "2026-06-01", "2026-06-11")[None]["value"] == 8


def test_a_deal_waits_for_its_project_in_days_of_the_calendar(world, at, add_up, told) -> None:
    ready = world.won(at("2026-06-01 12:00"), number="Q-1")
    world.won(at("2026-06-01 12:00"), number="Q-2")
    world.won(
        at("2026-06-02 12:00"), number="Q-3", is_won=False, is_lost=True, lost_at=at("2026-06-04 12:00")
    )
    world.project(at("2026-06-06 12:00"), opportunity_key=ready)
    assert add_up("project_ready_time") == 3
    row = told("project_ready_time", "2026-06-01", "2026-07-01")[None]
    assert [row[name] for name in COUNTS] == [1, 3, 1, 1, 0]
    (exact,) = [each for each in world.ask("project_ready_time") if each["currency"] is None]
    assert [exact[name] for name in COUNTS] == [1, 3, 1, 1, 0]
    money = told("project_ready_time", "2026-06-01", "2026-07-01")["USD"]
    assert (money["numerator"], money["quarter_at"]) == (Decimal(1000), 5)


def test_what_is_ready_is_billed_when_its_invoice_is_sent(world, at, add_up, told, the_same) -> None:
    sent = world.invoice("sent", at("2026-07-04 12:00"), sent_at=at("2026-07-06 12:00"))
    world.entry(project_ref="P", invoice_line_ref=world.line(sent))
    world.entry(project_ref="P")
    kind = "invoice_cycle_time"
    assert add_up(kind) == 4, "two, each for its project and for all together"
    row = told(kind, "2026-07-01", "2026-08-01")[None]
    assert (row["value"], row["numerator"], row["still_open"]) == (5, 1, 1)
    assert [each["part"] for each in told(kind, "2026-07-01", "2026-08-01", by="project").values()] == [
        "P",
        "P",
    ]
    the_same(kind, "2026-07-01", "2026-08-01")


def test_a_clock_without_projects_is_not_split(told) -> None:
    with pytest.raises(ValueError, match="of timesheet_lag cannot be split by 'project'"):
        told("timesheet_lag", "2026-06-01", "2026-07-01", by="project")


DAYS = st.integers(min_value=0, max_value=25).map(lambda days: timedelta(days=days))
SHEET = st.fixed_dictionaries(
    {
        "worked": DAYS,
        "typed": DAYS,
        "handed in": st.none() | DAYS,
        "approved": st.none() | DAYS,
        "left": st.none() | DAYS,
        "nobody knows": st.booleans(),
        "rate": st.sampled_from([None, 100, Decimal("33.33")]),
        "currency": st.sampled_from(["USD", "EUR", None]),
    }
)


def _make(world, start, made: dict) -> None:
    """A time entry to which everything happens at noon."""
    worked = start + made["worked"]
    typed = worked + made["typed"]
    handed_in = None if made["handed in"] is None else typed + made["handed in"]
    approved = None if handed_in is None or made["approved"] is None else handed_in + made["approved"]
    state = "approved" if approved else "submitted" if handed_in else "draft"
    precision = "field"
    if made["nobody knows"]:
        precision = "entered"
    gone = {} if made["left"] is None else {"deleted_at": typed + made["left"], "deleted_how": "absence"}
    world.entry(
        worked_on=worked.date(),
        entered_at=typed,
        submitted_at=handed_in,
        approved_at=approved,
        approval_state=state,
        approval_precision=precision,
        rate=made["rate"],
        currency=made["currency"],
        **gone,
    )


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sheets=st.lists(SHEET, min_size=1, max_size=10),
    window=st.tuples(st.integers(0, 60), st.integers(1, 60)),
)
def test_time_sheets_in_days_are_the_figure(world, at, add_up, the_same, sheets, window) -> None:
    """Every window says what the figure says of it."""
    with world.conn.begin_nested() as undone:
        start = at("2026-06-02 12:00")
        for made in sheets:
            _make(world, start, made)
        since = start.date() + window[0] * DAY
        for kind in ("timesheet_lag", "approval_lag"):
            add_up(kind)
            the_same(kind, str(since), str(since + window[1] * DAY))
        undone.rollback()
