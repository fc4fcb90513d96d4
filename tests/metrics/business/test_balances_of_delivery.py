"""Balances of what is still to be delivered: at the end of each day what the figure says of that day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics import balances

FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
BACKLOG = "delivery_backlog"
ROWS = text(
    "SELECT day, currency, value, unknown, sample FROM ops.balance_day WHERE customer_id = :customer AND metric = :metric"
    " AND known_to = 'infinity' ORDER BY day, currency"
)


@pytest.fixture
def drawn(world, at):
    """What is known now of each day: {day: {currency: (value, unknown, sample)}}."""

    def rows(known: str = "2026-07-01 06:00") -> dict:
        world.work_out()
        balances.draw_customer(world.conn, world.customer_id, LAST, at(known), [BACKLOG])
        found: dict = {}
        for row in world.conn.execute(ROWS, {"customer": world.customer_id, "metric": BACKLOG}):
            found.setdefault(row.day, {})[row.currency] = (row.value, row.unknown, row.sample)
        return found

    return rows


def test_what_is_left_falls_with_the_work(world, at, drawn) -> None:
    world.project(at("2026-06-03"), source_id="P", account_ref="A", budget_amount=250, currency="USD")
    world.entry(project_ref="P", worked_on=date(2026, 6, 5), entered_at=at("2026-06-05 18:00"))
    world.project(at("2026-06-04"), source_id="P/1", parent_ref="P", account_ref="A")
    for day in (8, 9):  # of a phase
        world.entry(project_ref="P/1", worked_on=date(2026, 6, day), entered_at=at(f"2026-06-{day:02} 18:00"))
    found = drawn()
    assert min(found) == date(2026, 6, 3)
    assert [found[date(2026, 6, day)]["USD"][0] for day in (3, 5, 8)] == [250, 150, 50]
    assert found[date(2026, 6, 8)][""] == (1, 0, 1)
    assert found[date(2026, 6, 9)][""] == (0, 0, 1)  # nothing is left, and it still runs


def test_a_budget_that_nobody_knows_is_unknown(world, at, drawn) -> None:
    world.project(at("2026-06-03"), source_id="P", account_ref="A")
    world.entry(project_ref="P")
    assert drawn()[LAST] == {"": (None, 1, 0)}


def test_a_phase_that_moves_takes_its_work_along(world, at, drawn) -> None:
    for own, budget in (("P", 250), ("Q", 50)):
        world.project(at("2026-06-03"), source_id=own, account_ref="A", budget_amount=budget, currency="USD")
    world.project(at("2026-06-04"), source_id="P/1", parent_ref="P", account_ref="A")
    world.entry(project_ref="P/1")
    assert drawn()[LAST]["USD"][0] == 150 + 50
    world.change("biz.project", "P/1", parent_ref="Q", last_seen_at=at("2026-06-20"))
    assert drawn("2026-07-02")[LAST]["USD"][0] == 250 + 0


def test_the_first_time_of_a_system_makes_its_projects_ones_to_judge(world, at, drawn) -> None:
    world.project(at("2026-06-03"), source_id="P", account_ref="A", budget_amount=250, currency="USD")
    assert drawn() == {}
    world.entry(billable=False)
    assert drawn("2026-07-02")[LAST] == {"": (1, 0, 1), "USD": (250, 0, 1)}


DAYS = st.integers(min_value=0, max_value=20).map(lambda days: timedelta(days=days))
PROJECT = st.fixed_dictionaries(
    {
        "made": DAYS,
        "budget_amount": st.sampled_from([None, 150, 500]),
        "budget_hours": st.sampled_from([None, 2]),
        "currency": st.sampled_from(["USD", "EUR", None]),
        "ends": st.none() | DAYS,
        "is_active": st.sampled_from([True, True, False]),
        "gone": st.none() | DAYS,
        "work": st.lists(
            st.fixed_dictionaries(
                {
                    "worked": DAYS,
                    "typed": st.integers(0, 3),
                    "rate": st.sampled_from([100, 100, None]),
                    "currency": st.sampled_from(["USD", "USD", "EUR"]),
                    "left": st.none() | DAYS,
                    "how": st.sampled_from(["written_off", "deleted"]),
                }
            ),
            max_size=3,
        ),
    }
)


def _make(world, start, n: int, made: dict) -> None:
    own, began = f"P{n}", start + made["made"]
    world.project(
        began,
        source_id=own,
        account_ref="A",
        budget_amount=made["budget_amount"],
        budget_hours=made["budget_hours"],
        currency=made["currency"],
        is_active=made["is_active"],
        ends_on=None if made["ends"] is None else (began + made["ends"]).date(),
        deleted_at=None if made["gone"] is None else began + made["gone"],
    )
    for each in made["work"]:
        worked = start + each["worked"]
        typed = worked + timedelta(days=each["typed"])
        gone: dict = {}
        if each["left"] is not None:
            left = typed + each["left"]
            gone = {"bill_state": "written_off", "written_off_at": left}
            if each["how"] == "deleted":
                gone = {"deleted_at": left, "deleted_how": "absence"}
        world.entry(
            project_ref=own,
            worked_on=worked.date(),
            entered_at=typed,
            submitted_at=typed,
            approved_at=typed,
            rate=each["rate"],
            currency=each["currency"],
            **gone,
        )


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(PROJECT, min_size=1, max_size=3),
    looked=st.lists(st.integers(0, 29), min_size=2, max_size=2),
)
def test_every_day_says_what_the_figure_says_of_it(world, at, drawn, made, looked) -> None:
    with world.conn.begin_nested() as undone:
        world.entry(worked_on=date(2026, 5, 1))  # the system holds time
        for n, each in enumerate(made):
            _make(world, at("2026-06-02 12:00"), n, each)
        found = drawn()
        for number in looked:
            day = FIRST + timedelta(days=number)
            figure = world.ask(
                BACKLOG, since=str(day), until=str(day + timedelta(days=1)), as_of="2026-07-10"
            )
            told = {row["currency"] or "": (row["value"], row["unknown"], row["sample"]) for row in figure}
            mine = {key: row for key, row in found.get(day, {}).items() if key == "" or row[2]}
            if told[""][1:] == (0, 0):
                assert mine.get("", (None, 0, 0))[1:] == (0, 0)
            else:
                assert mine == {key: (row[0] and Decimal(row[0]), *row[1:]) for key, row in told.items()}, day
        undone.rollback()
