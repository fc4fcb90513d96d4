"""Piece by piece is the same as all at once: late, changed, deleted and re-opened facts, and rules that change under way."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.calendars import materialise
from tests.metrics.business.conftest import at
from tests.metrics.expectations.history import HOUR, ROOMS, START, replay, rules_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("planned_once")]

NAME = st.integers(0, 2)
HOW = st.sampled_from(("delete", "back", "later", "other", "state"))


def _steps(room: str) -> st.SearchStrategy[list[list[tuple[Any, ...]]]]:
    tables = st.sampled_from(tuple(ROOMS[room]))
    act = st.one_of(
        st.tuples(tables, NAME, NAME, st.integers(-30, 30)),
        st.tuples(st.just("change"), tables, NAME, HOW, NAME),
        st.tuples(st.just("rule"), st.sampled_from(rules_of(room)), st.integers(1, 12)),
        st.tuples(st.just("stage"), st.sampled_from(("implementation", "expansion")), st.integers(0, 20)),
    )
    return st.lists(st.lists(act, min_size=1, max_size=5), min_size=2, max_size=5)


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_incremental_equals_rebuilt(world, room):
    @settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=_steps(room))
    def holds(steps):
        with world.conn.begin_nested() as savepoint:
            replay(world, room, steps)
            savepoint.rollback()

    holds()


EFFECTS = (
    (("opportunity", 1, 0, 0), ("project", 1, 1, 1), "project"),
    (("project", 1, 1, 0), ("task", 1, 1, 0), "task"),
    (("time_entry", 1, 1, 5), ("invoice", 1, 1, -1), "invoice"),
    (("milestone", 1, 1, 5), ("invoice", 1, 1, -1), "invoice"),
    (("invoice", 1, 1, 0), ("invoice", 2, 1, 0), "invoice"),
    (("account", 0, 1, 0), ("account", 1, 1, 0), "account"),
    (("resource", 0, 1, 0), ("resource", 1, 1, 0), "resource"),
    (("contract", 1, 1, 0), ("contract", 0, 1, 30), "contract"),
)


@pytest.mark.parametrize(
    ("subject", "effect", "table"),
    [
        EFFECTS[0],
        EFFECTS[4],
        *(pytest.param(*each, marks=pytest.mark.slow) for each in (*EFFECTS[1:4], *EFFECTS[5:])),
    ],
)
def test_an_effect_is_noticed_when_it_comes_goes_and_comes_back(world, subject, effect, table):
    changes = [[("change", table, effect[1], how)] for how in ("delete", "back", "other", "state", "later")]
    replay(world, "delivery", [[subject], [effect], *changes])


BEFORE = (
    [("lead", 0, 0, 0), ("opportunity", 0, 0, 1), ("opportunity", 1, 0, 2)],
    [("support_ticket", 0, 0, 0), ("task", 0, 0, 1), ("task", 1, 0, 2)],
    [("billing_schedule", 0, 0, 0), ("billing_schedule", 1, 0, 0), ("invoice", 0, 0, 1)],
)


def test_what_it_was_of_before_is_noticed_where_another_stood_for_it(world):
    """A second deal or task that outlived the first, and a second date of a contract, are called otherwise."""
    firsts, seconds = ("opportunity", "task"), ("opportunity", "task", "billing_schedule")
    gone = [("change", table, 0, "delete", 0) for table in firsts]
    moved = [("change", table, 1, "other", 2) for table in seconds]
    replay(world, "workflows", [[act for acts in BEFORE for act in acts], gone, moved])


def test_what_has_not_changed_is_not_worked_out_again(world):
    world.rule("won-to-project", 4)
    for day in range(1, 20):
        world.won(at(f"2026-09-{day:02} 09:00"))
    world.poll("all", START)
    assert world.sweep(START) == 19
    assert world.sweep(START) == 0
    world.won(START, last_seen_at=START + HOUR)
    world.poll("all", START + HOUR)
    assert world.sweep(START + HOUR) == 1


def test_a_changed_calendar_moves_the_deadlines(world):
    calendar = world.calendar()
    world.rule("won-to-project", 2, calendar_id=calendar)
    deal = world.won(at("2026-10-05 16:00"))
    world.poll("all", START)
    world.read("project", at("2026-11-20"))
    world.sweep(START)
    assert world.outcomes("2026-10-06 10:00") == {deal: "overdue"}
    world.put(
        "ops.calendar_holiday",
        customer_id=world.customer_id,
        calendar_id=calendar,
        held_on="2026-10-06",
        name="moving house",
        source="customer",
    )
    materialise(world.conn, world.customer_id, at("2026-06-01"))
    assert world.sweep(START) == 1
    assert world.outcomes("2026-10-07 09:59") == {deal: "pending"}
    assert world.outcomes("2026-10-07 10:00") == {deal: "overdue"}


def test_a_link_that_a_person_made_is_seen_without_a_poll(world):
    world.rule("won-to-project", 4)
    deal = world.won(at("2026-10-05 09:00"))
    project = world.project(at("2026-10-05 10:00"))
    world.poll("all", START)
    world.read("project", at("2026-11-20"))
    world.sweep(START)
    assert world.outcomes("2026-10-06") == {deal: "overdue"}
    world.put(
        "biz.xref",
        customer_id=world.customer_id,
        relation="project_of_opportunity",
        left_system_id=world.crm_id,
        left_id=deal,
        right_system_id=world.system_id,
        right_id=project,
        rule="person",
        confidence=1,
        valid_from=START + HOUR,
        decided_by="ada@firm.example",
    )
    assert world.sweep(START + HOUR) == 1
    assert world.outcomes("2026-10-06") == {deal: "met"}
