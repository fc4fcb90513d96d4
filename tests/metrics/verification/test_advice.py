"""Retry advice: what the target holds decides, not what the log says; money is never sent twice on a guess."""

import pytest

from metrics.triage import advice
from metrics.triage.advice import advise, in_short, mends_first
from tests.metrics.builders import an_exception, an_occurrence
from tests.metrics.business.conftest import at
from tests.metrics.verification.conftest import LATE, WON

FACT = {
    "subject_type": "transaction", "subject_id": "r1", "object_type": "opportunity", "verdict": "refused", "reason": None,
    "target_type": "project", "target_id": None, "other_ids": [], "differing": None, "is_there": False, "is_read": True, "has_key": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        ({}, "safe"),
        ({"verdict": "missing"}, "safe"),
        ({"target_id": "p1", "is_there": True}, "there"),
        ({"verdict": "different", "is_there": True, "differing": {"amount": [1, 2]}}, "there"),
        ({"verdict": "duplicate", "is_there": True, "other_ids": ["p2"]}, "duplicate"),
        ({"verdict": "not_checked", "reason": "unsure"}, "duplicate"),
        ({"verdict": "not_checked", "reason": "not_read"}, "unknown"),
        ({"is_read": False}, "unknown"),
        ({"has_key": False}, "unknown"),
        ({"verdict": None}, "unknown"),
    ],
)
def test_what_the_target_holds_decides(fact, kind):
    found = advise(FACT | fact)
    assert (found.kind, found.blocks) == (kind, kind in ("there", "duplicate"))


def test_of_money_what_nobody_can_tell_is_barred():
    assert not advise(FACT | {"is_read": False}).blocks
    assert advise(FACT | {"is_read": False, "target_type": "invoice"}).blocks
    assert advise(FACT | {"verdict": None, "target_type": None, "object_type": "payment"}).blocks


def test_a_time_out_after_the_target_had_written_is_already_there(world, conn):
    own = an_exception(conn, world.customer_id, WON)
    for number, there in (("1", True), ("2", False)):
        world.deal(number)
        run = world.written(number, status="failed", error_message="time-out")
        if there:
            world.made(number)
        more = {"subject_id": run, "system_id": world.ipaas_id, "flow_id": world.flow_id}
        an_occurrence(conn, world.customer_id, own, WON, **more)
    world.read_all(LATE)
    world.look()
    first, *others = advice.of_exception(conn, world.customer_id, own)
    assert (first.kind, first.target_ids) == ("there", ("p1",))
    assert sorted(each.kind for each in others) == ["safe", "unknown"]  # the last is nobody's claim
    assert advice.whole([first, *others]) == first


def test_what_was_not_read_since_cannot_be_told(world, conn):
    own = an_exception(conn, world.customer_id, WON)
    world.deal("1")
    run = world.written("1", status="failed", error_message="time-out")
    more = {"subject_id": run, "system_id": world.ipaas_id, "flow_id": world.flow_id}
    an_occurrence(conn, world.customer_id, own, WON, **more)
    world.read_all(LATE, project=at("2026-06-03 09:00"))
    world.look()
    assert {each.kind for each in advice.of_exception(conn, world.customer_id, own)} == {"unknown"}


SAFE, THERE, TWICE = {}, {"is_there": True, "target_id": "p1"}, {"other_ids": ["p2"]}
UNREAD, MONEY = {"is_read": False}, {"is_read": False, "target_type": "invoice"}


@pytest.mark.parametrize(
    ("facts", "mend", "phrase"),
    [
        ([], False, ""),
        ([SAFE, SAFE, THERE], False, "safe to retry 2 of 3"),
        ([SAFE, UNREAD], True, "fix the record first, then safe to retry 1 of 2"),
        ([SAFE] * 5, False, "safe to retry 5 of the latest 5"),
        ([THERE, TWICE, UNREAD], False, "compare first: it may be there twice"),
        ([THERE, UNREAD], False, "link it instead: it is there"),
        ([MONEY], False, "do not send again: cannot tell"),
        ([MONEY], True, "fix the record first, do not send again: cannot tell"),
        ([UNREAD], True, "fix the record first"),
        ([UNREAD], False, "cannot tell: look before sending again"),
    ],
)
def test_what_is_safe_is_said_in_one_short_phrase(facts, mend, phrase):
    assert in_short([advise(FACT | fact) for fact in facts], 5, mend=mend) == phrase


@pytest.mark.parametrize(
    ("rule", "error_class", "mend"),
    [
        ("run_failed", "value", True),
        ("run_failed", "intermittent", False),
        ("run_failed", None, False),
        ("verification_break", "missing", False),  # what is missing is what a retry brings
        ("invoice_without_tax", "missing", True),
        ("own:discount", None, True),
    ],
)
def test_what_was_refused_for_what_it_carries_is_mended_before_it_is_sent(rule, error_class, mend):
    assert mends_first(rule, error_class) == mend


def test_several_exceptions_are_advised_at_once_each_by_its_latest_records(world, conn):
    first, second, closed = (
        an_exception(conn, world.customer_id, WON, cleared) for cleared in (None, None, LATE)
    )
    for _ in range(3):
        an_occurrence(conn, world.customer_id, second, WON)
    found = advice.of_exceptions(conn, [world.customer_id], [first, second, closed], 2)
    assert {number: len(told) for number, told in found.items()} == {first: 1, second: 2}
    assert advice.of_exceptions(conn, [world.customer()], [first], 2) == {}
