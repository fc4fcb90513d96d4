"""Grouping is stable: whatever the order of the readings, however often they are read, and when the fingerprint's rule changes."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from metrics import fingerprint
from sql import query
from tests.metrics.business.conftest import at
from tests.metrics.business.detecting import Queue, failed

pytestmark = pytest.mark.slow

NOW = at("2026-07-10 12:00")
WORDS = (
    "HTTP 503 from the ERP",
    "Line {} has no tax",
    "Project P-{} not found",
    "Customer 17 is blocked, ask for {}",
)
FAILURES = [(n, word.format(100 + n // 8)) for n, word in enumerate(WORDS * 3)]


@pytest.fixture
def queue(world) -> Queue:
    return Queue(world)


def happened(world, flow, n: int, message: str) -> None:
    failed(
        world,
        flow,
        at(f"2026-07-0{1 + n % 5} 08:{10 + n}"),
        key=f"INV-{n}",
        message=message,
        external_id=f"run-{n}",
    )


def groups(queue: Queue) -> dict[str, set[str]]:
    """Which runs each cause holds, as the queue has it."""
    rows = queue._rows(
        "SELECT e.fingerprint, o.subject_id FROM ops.exception_occurrence o JOIN ops.exception e USING (customer_id, exception_id)"
        " WHERE o.customer_id = :customer AND o.cleared_at IS DISTINCT FROM o.occurred_at"
    )
    found: dict[str, set[str]] = {}
    for cause, run in rows:
        found.setdefault(cause, set()).add(run)
    return found


def as_they_must_be() -> list[set[str]]:
    """By the words without their data, and by the missing project: five causes."""
    return [
        {f"run-{n}" for n in (0, 4, 8)},
        {f"run-{n}" for n in (1, 5, 9)},
        {"run-2", "run-6"},
        {"run-10"},
        {f"run-{n}" for n in (3, 7, 11)},
    ]


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(FAILURES), cuts=st.sets(st.integers(1, len(FAILURES) - 1), max_size=2))
def test_groups_are_the_same_in_any_order_and_in_any_number_of_readings(
    world, queue, flow, order, cuts
) -> None:
    undone = world.conn.begin_nested()
    edges = [0, *sorted(cuts), len(order)]
    for since, until in itertools.pairwise(edges):
        for n, message in order[since:until]:
            happened(world, flow, n, message)
        queue.look(NOW)
        before = groups(queue), queue.events()
        queue.look(NOW)  # read again: nothing is other than it was
        assert (groups(queue), queue.events()) == before
    told = sorted(groups(queue).values(), key=min)
    undone.rollback()
    assert told == sorted(as_they_must_be(), key=min)


@pytest.fixture
def upgraded(monkeypatch):
    """A second version of the fingerprint, which takes out the words in capitals as well."""

    def to(version: int = 2) -> None:
        old = fingerprint.words_of
        monkeypatch.setattr(fingerprint, "VERSION", version)
        monkeypatch.setattr(fingerprint, "words_of", lambda said: "v2 " + old(said).replace("erp", "…"))

    return to


def test_an_upgrade_of_the_fingerprint_keeps_every_group_and_its_history(
    world, queue, flow, upgraded
) -> None:
    for n, message in FAILURES:
        happened(world, flow, n, message)
    queue.look(NOW)
    before = {row.exception_id: (row.opened_at, row.state, row.occurrences) for row in queue.exceptions()}
    held = sorted(groups(queue).values(), key=min)
    upgraded()
    queue.look(NOW)
    assert {
        row.exception_id: (row.opened_at, row.state, row.occurrences) for row in queue.exceptions()
    } == before
    assert sorted(groups(queue).values(), key=min) == held
    assert {row.fingerprint_version for row in queue.exceptions()} == {2}
    assert queue.events().count(("regrouped", None)) == len(before)
    events = queue.events()
    queue.look(NOW)
    assert queue.events() == events


def test_what_happens_after_an_upgrade_is_told_in_the_old_group(world, queue, flow, upgraded) -> None:
    happened(world, flow, 0, WORDS[0])
    queue.look(NOW)
    upgraded()
    happened(world, flow, 4, WORDS[0])
    queue.look(NOW)
    assert queue.one().occurrences == 2


def test_where_an_upgrade_joins_two_groups_the_older_takes_what_comes_and_neither_is_lost(
    world, queue, flow, upgraded
) -> None:
    happened(world, flow, 0, "Refused by the ERP")
    happened(world, flow, 1, "Refused by the 17")
    queue.look(NOW)
    older, younger = (row.exception_id for row in sorted(queue.exceptions(), key=lambda row: row.opened_at))
    upgraded()
    happened(world, flow, 2, "Refused by the ERP")
    queue.look(NOW)
    told = {row.subject_id: row.exception_id for row in queue.occurrences()}
    assert told == {"run-0": older, "run-1": younger, "run-2": older}


def test_every_exception_is_classed_and_those_of_older_rules_again(world, queue, flow, monkeypatch) -> None:
    happened(world, flow, 0, "HTTP 503 from the ERP")
    happened(world, flow, 1, "Nobody knows")
    queue.look(NOW)
    classes = "SELECT error_class FROM ops.exception WHERE customer_id = :customer ORDER BY opened_at"
    assert [row.error_class for row in queue._rows(classes)] == ["intermittent", None]
    world.conn.execute(text("UPDATE ops.exception SET error_class = 'value'"))
    queue.look(NOW)
    assert [row.error_class for row in queue._rows(classes)] == ["value", "value"]
    monkeypatch.setattr("metrics.error_class.VERSION", 2)
    queue.look(NOW)
    assert [row.error_class for row in queue._rows(classes)] == ["intermittent", None]


def test_what_waits_for_one_missing_project_is_one_cause_and_clears_with_it(world, queue) -> None:
    waiting = [
        ("time_and_expense", "time_entry", 43),
        ("expenses", "expense", 2),
        ("time_to_invoice", "invoice", 1),
    ]
    runs = []
    for workflow, kind, many in waiting:
        flow = world.flow(workflow, 1)
        for n in range(many):
            given = {
                "flow_id": flow,
                "object_type": kind,
                "object_key": f"{kind}-{n}",
                "external_id": f"{kind}-{n}",
            }
            message = f"Cannot book {kind} {n}: project P-118 not found"
            world.run(at("2026-07-01 08:00"), status="failed", error_message=message, **given)
            runs.append(given)
    assert queue.look(NOW).opened == 1
    root = queue.one()
    assert (root.object_key, root.occurrences, root.state) == ("P-118", 46, "new")
    will_clear = text(query("triage/will_clear"))
    asked = {"customer_ids": [world.customer_id], "exception_id": root.exception_id}
    assert [tuple(row) for row in world.conn.execute(will_clear, asked)] == [("transaction", 46)]
    for given in runs[:-1]:
        world.run(at("2026-07-10 13:00"), **given | {"external_id": f"again-{given['external_id']}"})
    queue.look(at("2026-07-10 14:00"))
    assert [row.records for row in world.conn.execute(will_clear, asked)] == [1]
    world.run(at("2026-07-10 14:30"), **runs[-1] | {"external_id": "the last"})
    assert queue.look(at("2026-07-10 15:00")).closed == 1
    assert queue.one().state == "verified_closed"
