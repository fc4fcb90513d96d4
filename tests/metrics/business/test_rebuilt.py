"""Step by step is the same as all at once, for every duration and every balance that is kept, whatever happened in which order."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from metrics import ages, balances
from tests.metrics.business.history import STEPS, History

pytestmark = pytest.mark.slow

ROOMS = {
    "work": ("time_to_bill", "timesheet_lag", "approval_lag", "unbilled_time", "delivery_backlog"),
    "bills": ("invoice_cycle_time", "days_sales_outstanding"),
    "deals": ("project_ready_time",),
    "queue": (
        "exception_time_to_clear",
        "time_to_acknowledge",
        "time_to_restore",
        "time_to_detect",
        "exception_backlog",
    ),
    "runs": ("backlog",),
}
"""What histories of each sort of fact are read by."""

Act = tuple[Any, ...]
WHICH = st.integers(0, 2)
AGO = st.integers(0, 45)


def _acts(tables: tuple[str, ...]) -> st.SearchStrategy[Act]:
    return st.tuples(st.sampled_from(tables), WHICH, WHICH, AGO) | st.tuples(
        st.just("change"),
        st.sampled_from(tables),
        WHICH,
        st.sampled_from(("delete", "back", "later", "other", "state")),
        WHICH,
    )


ACTS = {
    "work": _acts(("entry", "expense", "bill", "project", "task", "account"))
    | st.tuples(st.just("change"), st.just("project"), WHICH, st.just("practice"), WHICH),
    "bills": _acts(("entry", "bill", "credit", "payment", "milestone", "contract")),
    "deals": _acts(("deal", "project", "entry", "account")) | st.tuples(st.just("read"), AGO),
    "queue": st.tuples(
        st.sampled_from(
            ("trouble", "again", "clear", "reopen", "none", "waive", "unwaive", "take", "merge", "late")
        ),
        WHICH,
        WHICH,
        AGO,
    ),
    "runs": st.tuples(st.just("run"), WHICH, WHICH, AGO),
}
HISTORIES: dict[str, list[list[Act]]] = {
    "work": [
        [("account", 0, 1, 0), ("project", 0, 0, 40), ("entry", 0, 0, 30), ("entry", 1, 0, 20), ("bill", 0, 0, 9)],
        [("change", "entry", 0, "other", 0), ("expense", 0, 0, 10), ("change", "project", 0, "state", 0)],
        [("change", "bill", 0, "state", 0), ("change", "entry", 1, "delete", 0), ("change", "entry", 0, "later", 0)],
        [("change", "project", 0, "practice", 1)],
        [("change", "bill", 0, "later", 0), ("change", "entry", 1, "back", 0), ("change", "account", 0, "state", 1)],
    ],
    "bills": [
        [("entry", 0, 0, 30), ("milestone", 0, 0, 12), ("contract", 0, 0, 40), ("bill", 0, 0, 9), ("payment", 0, 0, 3)],
        [("change", "entry", 0, "other", 1), ("change", "milestone", 0, "other", 0), ("credit", 0, 0, 1)],
        [("change", "bill", 0, "other", 0), ("change", "contract", 0, "state", 0), ("credit", 1, 0, 2)],
        [("change", "payment", 0, "delete", 0)],
    ],
    "deals": [
        [("deal", 0, 0, 20), ("deal", 1, 0, 20), ("deal", 2, 0, 20), ("project", 0, 0, 10), ("read", 30)],
        [("read", 0), ("change", "project", 0, "delete", 0)],
        [("change", "project", 0, "back", 0), ("change", "project", 0, "other", 1), ("change", "deal", 1, "state", 0)],
    ],
    "queue": [
        [("trouble", 0, 0, 9), ("trouble", 1, 0, 5), ("trouble", 2, 0, 5)],
        [("take", 0, 0, 0), ("clear", 1, 0, 1), ("waive", 2, 0, 0), ("late", 0, 0, 30)],
        [("reopen", 1, 0, 0), ("unwaive", 2, 0, 0), ("merge", 0, 2, 0)],
        [("clear", 2, 0, 0), ("none", 1, 0, 0)],
    ],
    "runs": [[("run", 0, 0, 20), ("run", 1, 1, 9)], [("run", 2, 0, 2), ("run", 0, 2, 0)], [("run", 1, 0, 0)]],
}  # fmt: skip
"""One of each that leaves something in everything that is kept."""


def _replayed(world, steps: list[list[Act]]) -> History:
    """Tells a history step by step; in the end, what was kept piece by piece is what is found after all was dropped."""
    told = History(world)
    known = {}
    for number, acts in enumerate(steps):
        told.now += STEPS[number % 2]
        for act in acts:
            told.tell(*act)
        world.poll("all", told.now)
        told.refreshed()
        known[told.now] = told.balances(told.now)
    for moment, then in known.items():
        assert told.balances(moment) == then, "what was known then is known to have been known"
    assert told.kept() == told.rebuilt()
    return told


@pytest.mark.parametrize("room", ROOMS)
def test_step_by_step_is_all_at_once(world, room) -> None:
    @settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @example(steps=HISTORIES[room])
    @given(steps=st.lists(st.lists(ACTS[room], min_size=1, max_size=6), min_size=2, max_size=4))
    def holds(steps: list[list[Act]]) -> None:
        with world.conn.begin_nested() as undone:
            told = _replayed(world, steps)
            if steps == HISTORIES[room]:
                kept = told.kept()
                assert [key for key in ROOMS[room] if not kept[key]] == []
                assert room != "work" or any("Practice 1" in row for row in kept["time_to_bill by practice"])
            undone.rollback()

    holds()


def test_no_duration_and_no_balance_is_left_out() -> None:
    assert sorted(key for keys in ROOMS.values() for key in keys) == sorted((*ages.KINDS, *balances.METRICS))
