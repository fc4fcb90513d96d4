"""Which exceptions get worse: a week against the one before, a day against a usual one, and silence only of what was read."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from metrics.triage.lately import course
from sql import query
from tests.metrics.builders import a_poll, an_occurrence
from tests.metrics.triage.conftest import NOW
from tests.metrics.triage.test_order import ask, opened, order  # noqa: F401

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USUAL = [3] * 14


def told(days: list[int], age: float = 60, silent: float = 0, unread: float | None = None) -> str:
    """The kind, with the days or the factor that belong to it."""
    before, week = sum(days[:7]), sum(days[7:])
    row: dict[str, Any] = {
        "days": days,
        "growth": (week - before) / (week + before) ** 0.5 if week + before else 0.0,
        "opened_at": NOW - age * DAY,
        "last_occurred_at": NOW - silent * DAY,
        "read_until": None if unread is None else NOW - unread * DAY,
    }
    found = course(row, NOW)
    how = f"{found.factor:.1f}" if found.factor is not None else str(found.days or "")
    return f"{found.kind} {how}".strip()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"days": USUAL}, "same 1.0"),
        ({"days": [2] * 7 + [4] * 7}, "more 2.0"),
        ({"days": [4] * 7 + [2] * 7}, "less 0.5"),
        ({"days": [0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0]}, "same 2.0"),
        ({"days": [3] * 13 + [9]}, "day 3.0"),
        ({"days": [0] * 7 + [1, 0, 2, 0, 1, 1, 0]}, "back"),
        ({"days": [0] * 13 + [40], "age": 0.9}, "new 1"),
        ({"days": [0] * 9 + [2, 3, 4, 2, 5], "age": 4.5}, "new 7"),
        ({"days": [0] * 4 + [2] * 10, "age": 9.5}, "young 9"),
        ({"days": [*USUAL[:11], 0, 0, 0], "silent": 3.2}, "quiet 3"),
        ({"days": [0] * 14, "age": 30, "silent": 30}, "once 30"),
        ({"days": [*USUAL[:11], 0, 0, 0], "silent": 3.2, "unread": 3.1}, "unread 3"),
        ({"days": [*USUAL[:11], 0, 0, 0], "silent": 3.2, "unread": 0.1}, "quiet 3"),
        ({"days": [0] * 14, "age": 60, "silent": 1.5}, "same"),
    ],
)
def test_how_an_exception_runs(given: dict[str, Any], expected: str) -> None:
    assert told(**given) == expected


def happens(desk, exception, *days_ago, **values) -> None:
    for ago in days_ago:
        an_occurrence(desk.conn, desk.customer, exception, NOW - ago * DAY, **values)
    latest = text(
        "UPDATE ops.exception SET last_occurred_at = (SELECT max(o.occurred_at) FROM ops.exception_occurrence o"
        " WHERE o.exception_id = :own), opened_at = (SELECT min(o.occurred_at) FROM ops.exception_occurrence o"
        " WHERE o.exception_id = :own) WHERE exception_id = :own"
    )
    desk.conn.execute(latest, {"own": exception})


def test_records_are_counted_by_the_day_and_none_are_left_out_or_counted_that_were_none(desk, ask) -> None:  # noqa: F811
    own = opened(desk, 100)  # one record an hour before
    happens(desk, own, 0.5, 1, 1.01, 6.99, 7, 13.99, 14, 20)
    happens(desk, own, 2.5, cleared_at=NOW - 2.5 * DAY)  # it turned out to be none
    happens(desk, own, 3.5, cleared_at=NOW - 2 * DAY)
    (row,) = ask("screen/exceptions_lately", exception_ids=[own], is_whole=False)
    assert row.days == [1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 2, 2]
    assert row.growth == pytest.approx((6 - 2) / 8**0.5)
    assert row.read_until is None


def test_a_cause_runs_with_what_waits_for_it_and_tells_how_far_its_system_was_read(desk, ask) -> None:  # noqa: F811
    cause, waits = opened(desk, 100), opened(desk, 50)
    happens(desk, waits, 3.5, 4.5)
    a_poll(desk.conn, desk.customer, NOW - 9 * DAY, NOW - 2 * DAY)
    desk.conn.execute(
        text(
            "UPDATE ops.exception SET blocked_by_exception_id = CASE WHEN exception_id = :waits THEN CAST(:cause AS bigint) END,"
            " system_id = (SELECT min(system_id) FROM ops.system WHERE customer_id = :customer) WHERE customer_id = :customer"
        ),
        {"cause": cause, "waits": waits, "customer": desk.customer},
    )
    alone, whole = (
        ask("screen/exceptions_lately", exception_ids=[cause], is_whole=it)[0] for it in (False, True)
    )
    assert (sum(alone.days), sum(whole.days)) == (1, 4)
    assert (alone.opened_at, whole.opened_at) == (NOW - HOUR, NOW - 4.5 * DAY)
    assert whole.read_until == NOW - 2 * DAY


def test_what_grows_most_surely_comes_first_and_what_is_quiet_last(desk, ask) -> None:  # noqa: F811
    dear, grows, steady, quiet, few = (opened(desk, amount) for amount in (900, 10, 20, 800, 5))
    happens(desk, grows, *(day / 4 for day in range(1, 20)))
    happens(desk, steady, *range(1, 14))
    happens(desk, few, 1, 9)
    desk.conn.execute(text("DELETE FROM ops.exception_occurrence WHERE exception_id = :own"), {"own": quiet})
    happens(desk, quiet, 30)
    assert order(ask("screen/exceptions")) == [dear, quiet, steady, grows, few]
    found = ask("screen/exceptions_worse")
    assert order(found) == [grows, dear, few, steady, quiet]
    assert {row.total for row in found} == {5}
    first = ask("screen/exceptions_worse", row_limit=2)
    after = ask("screen/exceptions_worse", after=first[-1].place, ranked_at=NOW)
    assert order(first) + order(after) == order(found)
    desk.do("snooze", grows, snoozed_until=NOW + DAY)
    assert order(ask("screen/exceptions_worse"))[-1] == grows


def test_what_is_kept_of_the_last_days_puts_them_in_the_order_that_their_records_do(desk, ask) -> None:  # noqa: F811
    dice = random.Random(5)
    for _ in range(20):
        own, around = opened(desk, dice.randrange(900)), dice.uniform(0.1, 9)
        happens(desk, own, *(around + dice.expovariate(0.2) for _ in range(dice.randrange(12))))
        if dice.random() < 0.3:
            happens(desk, own, around, cleared_at=NOW - around * DAY)
    for as_of in (NOW, NOW + 2 * DAY, NOW - 3.4 * DAY):
        asked = {"row_limit": 7, "as_of": as_of, "ranked_at": as_of}
        unkept = ask("screen/exceptions_worse", **asked)
        recount(desk)
        kept = ask("screen/exceptions_worse", **asked)
        assert kept == unkept
        rest = asked | {"after": kept[-1].place, "row_limit": 30}
        kept = ask("screen/exceptions_worse", **rest)
        desk.conn.execute(text("UPDATE ops.exception SET recent = NULL"))
        assert kept == ask("screen/exceptions_worse", **rest)


def test_of_the_last_days_real_records_are_kept_as_counts_that_add_up(desk) -> None:
    own = desk.opened()
    happens(desk, own, 0.9, 7, 7.2, 15, 15.9, 20)
    happens(desk, own, 3, cleared_at=NOW - 3 * DAY)
    recount(desk)
    assert desk.row(own).recent == [1, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 5]


def recount(desk) -> None:
    """Count every exception as detection and people do."""
    every = list(desk.conn.execute(text("SELECT exception_id FROM ops.exception")).scalars())
    asked = {"customer_ids": [desk.customer], "exception_ids": every}
    desk.conn.execute(text(query("triage/recount")), asked)
