"""Acting on many at once: each for itself, at the version that was seen, and what was refused is named with its reason."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from metrics.triage import many
from metrics.triage.act import Target, act, desk, find
from metrics.triage.moves import NotAllowed
from metrics.triage.together import undo
from tests.metrics.builders import a_customer, an_exception, at
from tests.metrics.triage.conftest import NOW, a_person


class Shift:
    """A customer whose queue two people work at once, each act committed."""

    def __init__(self, db):
        self.db = db
        with db.engine("owner").begin() as conn:
            self.customer = a_customer(conn)
            self.sam, self.kim = (
                a_person(conn, self.customer, f"{name}{self.customer}@partner.example", name)
                for name in ("sam", "kim")
            )

    def opened(self, number):
        with self.db.engine("owner").begin() as conn:
            return [an_exception(conn, self.customer, at("2026-10-05 08:00")) for _ in range(number)]

    def targets(self, ids, version=1):
        return [Target(self.customer, each, version) for each in ids]

    def do(self, verb, ids, version=1, who=None, **given):
        who = who or self.sam
        return many.each(
            self.db,
            [self.customer],
            self.targets(ids, version),
            lambda conn, it: act(conn, who, it, verb, NOW, **given),
        )

    def told(self, ids):
        with self.db.engine("owner").connect() as conn:
            return conn.execute(
                text(
                    "SELECT v.exception_id, v.kind, v.actor FROM ops.exception_event v"
                    " WHERE v.exception_id = ANY (:ids) AND v.kind <> 'opened' ORDER BY v.event_id"
                ),
                {"ids": ids},
            ).all()


@pytest.fixture
def shift(module_database):
    return Shift(module_database)


def test_each_of_many_has_an_event_of_its_own(shift):
    ids = shift.opened(3)
    found = shift.do("snooze", ids, snoozed_until=NOW + timedelta(days=1))
    assert ([done.exception_id for done in found.done], found.refused) == (ids, ())
    assert shift.told(ids) == [(each, "snoozed", shift.sam.name) for each in ids]


def test_those_that_somebody_else_moved_are_refused_by_name_and_the_others_are_done(shift):
    first, second, third = ids = shift.opened(3)
    shift.do("take", [second], who=shift.kim)
    found = shift.do("take", ids)
    assert [done.exception_id for done in found.done] == [first, third]
    (refused,) = found.refused
    assert (refused.target.exception_id, refused.title) == (second, "Target says no")
    assert f"{shift.kim.name} was faster" in refused.why
    assert list(found.reasons.values()) == [1]
    assert (second, "assigned", shift.sam.name) not in shift.told([second])


def test_another_customer_s_is_not_there_and_keeps_nobody_back(shift, module_database):
    (own,), theirs = shift.opened(1), Shift(module_database)
    (foreign,) = theirs.opened(1)
    targets = [Target(theirs.customer, foreign, 1), Target(shift.customer, own, 1)]
    found = many.each(
        module_database,
        [shift.customer],
        targets,
        lambda conn, it: act(conn, shift.sam, it, "take", NOW),
    )
    assert [done.exception_id for done in found.done] == [own]
    assert [(each.title, each.why[:20]) for each in found.refused] == [("", "there is no exceptio")]
    assert theirs.told([foreign]) == []


def test_many_are_taken_back_where_nobody_moved_them_since(shift):
    first, second = ids = shift.opened(2)
    done = shift.do("take", ids).done
    shift.do("prioritise", [second], version=2, who=shift.kim, severity=1)

    def take_back(conn, it):
        find(conn, it)
        return undo(conn, shift.sam, it, NOW)

    back = many.each(
        shift.db,
        [shift.customer],
        [Target(each.customer_id, each.exception_id, each.version) for each in done],
        take_back,
    )
    assert [each.exception_id for each in back.done] == [first]
    assert f"{shift.kim.name} was faster" in back.refused[0].why


def test_the_same_one_twice_is_done_once(shift):
    (own,) = shift.opened(1)
    assert len(shift.do("take", [own, own]).done) == 1


@pytest.mark.parametrize(("number", "says"), [(0, "nothing is chosen"), (1001, "at most 1000")])
def test_none_and_too_many_are_refused_before_anything_is_done(shift, number, says):
    with pytest.raises(NotAllowed, match=says):
        many.each(shift.db, [shift.customer], shift.targets(range(number)), lambda conn, it: None)


def test_two_who_work_through_the_same_rows_in_different_order_do_not_lock_each_other_out(shift):
    first, second = shift.opened(2)
    with desk(shift.db, [shift.customer]) as other:
        act(other, shift.kim, Target(shift.customer, second, 1), "take", NOW)
        # the other's row is still locked: the first is done and free again, whatever happens to the second
        assert len(shift.do("take", [first]).done) == 1
        act(other, shift.kim, Target(shift.customer, first, 2), "take", NOW)
    assert [row.kind for row in shift.told([first, second])] == ["assigned"] * 3
