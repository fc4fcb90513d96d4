"""Merging and splitting: records are told once, money adds up, and all of it can be put back."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from metrics.triage.act import Faster
from metrics.triage.moves import NotAllowed
from tests.metrics.builders import an_occurrence, at


def told(desk, exception):
    """The subjects of an exception and whether each is open."""
    rows = desk.conn.execute(
        text(
            "SELECT subject_id, cleared_at IS NULL AS open FROM ops.exception_occurrence WHERE exception_id = :own ORDER BY subject_id"
        ),
        {"own": exception},
    )
    return {row.subject_id: row.open for row in rows}


def worth(desk, exception):
    row = desk.row(exception)
    return row.occurrences, row.value_at_risk, row.value_confidence


@pytest.fixture
def pair(desk):
    """Two exceptions, the first with records a and b, the second with b and c, each worth 100."""
    found = []
    for names in ("ab", "bc"):
        own = desk.opened()
        desk.conn.execute(
            text("DELETE FROM ops.exception_occurrence WHERE exception_id = :own"), {"own": own}
        )
        for name in names:
            more = {"subject_id": name, "amount": 100, "currency": "USD"}
            an_occurrence(desk.conn, desk.customer, own, at("2026-10-05 08:00"), **more)
        found.append(own)
    return found


def test_what_is_merged_is_told_once_and_adds_up(desk, pair):
    first, second = pair
    desk.merge(first, second)
    assert told(desk, second) == {"a": True, "b": True, "c": True}
    assert told(desk, first) == {"b": False}
    assert worth(desk, second) == (3, Decimal(300), "exact")
    assert worth(desk, first) == (0, None, "unknown")
    assert (desk.row(first).state, desk.row(first).merged_into_exception_id) == ("merged", second)
    assert desk.row(first).closed_at is not None
    assert [event.kind for event in desk.events(second)] == ["opened", "joined"]


def test_a_merge_that_is_taken_back_leaves_everything_as_it_was(desk, pair):
    first, second = pair
    desk.merge(first, second)
    desk.undo(first)
    assert told(desk, first) == {"a": True, "b": True}
    assert told(desk, second) == {"b": True, "c": True}
    assert (worth(desk, first), worth(desk, second)) == ((2, Decimal(200), "exact"),) * 2
    assert (desk.row(first).state, desk.row(first).closed_at) == ("new", None)


def test_what_was_merged_before_goes_along_and_comes_back_with_it(desk, pair):
    first, second = pair
    third = desk.opened()
    desk.merge(first, second)
    desk.merge(second, third)
    assert {desk.row(each).merged_into_exception_id for each in pair} == {third}
    desk.undo(second)
    assert desk.row(first).merged_into_exception_id == second
    assert set(told(desk, second)) == {"a", "b", "c"}
    assert len(told(desk, third)) == 1


def test_what_cannot_be_merged_stays_apart(desk, pair):
    first, second = pair
    with pytest.raises(NotAllowed, match="into itself"):
        desk.merge(first, first)
    desk.merge(first, second)
    with pytest.raises(NotAllowed, match="is not open"):
        desk.merge(second, first)


def test_records_that_are_split_off_stand_alone(desk, pair):
    first, _ = pair
    desk.do("take", first)
    done, made = desk.split(first, "transaction a", title="Only a")
    assert (told(desk, first), told(desk, made)) == ({"b": True}, {"a": True})
    assert (worth(desk, first), worth(desk, made)) == ((1, Decimal(100), "exact"),) * 2
    assert (desk.row(made).title, desk.row(made).owner_person_id) == ("Only a", desk.sam.person_id)
    assert done.version == 3
    with pytest.raises(NotAllowed, match=f"merging exception {made}"):
        desk.undo(first)
    desk.merge(made, first)
    assert told(desk, first) == {"a": True, "b": True}


@pytest.mark.parametrize(
    ("subjects", "says"),
    [
        ((), "needs the records"),
        (("z",), "none of these is a record"),
        (("a", "b"), "nothing open would be left"),
    ],
)
def test_what_cannot_be_split_off_stays_together(desk, pair, subjects, says):
    first, _ = pair
    with pytest.raises(NotAllowed, match=says):
        desk.split(first, *subjects)
    assert told(desk, first) == {"a": True, "b": True}
    assert desk.row(first).version == 1


def test_an_undo_of_a_merge_comes_too_late_when_it_was_moved(desk, pair):
    first, second = pair
    desk.merge(first, second)
    desk.conn.execute(
        text("UPDATE ops.exception SET version = version + 1 WHERE exception_id = :own"), {"own": first}
    )
    with pytest.raises(Faster):
        desk.undo(first)
    assert set(told(desk, second)) == {"a", "b", "c"}
