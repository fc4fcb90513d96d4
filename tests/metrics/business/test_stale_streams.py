"""Sources that fell behind although no poll failed: told once for each cause, closed by the next reading."""

from datetime import timedelta

import pytest

from metrics.detect import Detected
from tests.metrics.business.test_detect import Queue

HOUR = timedelta(hours=1)


@pytest.fixture
def queue(world) -> Queue:
    world.without_house_rules()
    return Queue(world)


@pytest.fixture
def read(world):
    """Polls of streams at a distance, each with the number of records it brought; the turn is due when the distance is over."""

    def poll(
        since, until, every=HOUR, streams=("invoices", "projects"), brings=lambda moment: 1, **values
    ) -> None:
        for stream in streams:
            moment = since
            while moment <= until:
                world.poll(stream, moment, rows_new=brings(moment), **values)
                moment += every

    return poll


def titles(queue) -> list[tuple]:
    return [(each.title, each.state, each.severity) for each in queue.exceptions()]


def test_a_worker_that_stands_still_is_one_exception_until_it_reads_again(world, queue, read, at) -> None:
    read(at("2026-06-01 00:00"), at("2026-06-01 09:00"))
    assert queue.look(at("2026-06-01 12:00")) == Detected()
    assert queue.look(at("2026-06-01 12:01")) == Detected(opened=1)
    assert titles(queue) == [("Reading has stopped: no system is asked any more", "new", 2)]
    assert (queue.one().opened_at, queue.one().occurrences) == (at("2026-06-01 10:00"), 2)
    assert (queue.one().value_at_risk, queue.one().value_confidence) == (None, "unknown")
    assert queue.look(at("2026-06-01 15:00")) == Detected()
    world.poll("invoices", at("2026-06-01 15:01"))
    world.poll("projects", at("2026-06-01 15:01"))
    assert queue.look(at("2026-06-01 15:02")) == Detected(closed=1)
    assert queue.look(at("2026-06-01 19:00")) == Detected(reopened=1)


def test_a_stream_that_nobody_asks_any_more_while_others_are_is_named(world, queue, read, at) -> None:
    read(at("2026-06-01 00:00"), at("2026-06-01 09:00"))
    read(at("2026-06-01 10:00"), at("2026-06-02 20:00"), streams=("invoices",))
    assert queue.look(at("2026-06-02 20:10")) == Detected(opened=1)
    found = queue.one()
    assert (found.title, found.rule, found.severity) == (
        "Projects of psa is no longer read",
        "stream_stale",
        3,
    )
    # a worker that stops as well is another cause, and leaves the first as it is
    assert queue.look(at("2026-06-03 08:00")) == Detected(opened=1)
    assert [row.subject_id for row in queue.occurrences() if row.cleared_at is None] == [
        "projects",
        "invoices",
    ]
    # it comes back and takes one stream after the other: the second is not told of while the first is read
    world.poll("projects", at("2026-06-03 08:05"))
    assert queue.look(at("2026-06-03 08:06")) == Detected(closed=2)
    world.poll("invoices", at("2026-06-03 08:07"))
    assert queue.look(at("2026-06-03 08:08")) == Detected()


def test_a_stream_that_is_read_and_brings_nothing_for_twice_its_longest_break(world, queue, read, at) -> None:
    def on_weekdays(moment) -> int:
        return int(moment < at("2026-06-06") and moment.isoweekday() < 6)

    read(at("2026-05-04 12:00"), at("2026-06-12 12:00"), timedelta(days=1), ("invoices",), on_weekdays)
    # the last came on Friday the 5th; over a weekend three days pass between two
    assert queue.look(at("2026-06-11 12:00")) == Detected()
    assert queue.look(at("2026-06-11 13:00")) == Detected(opened=1)
    found = queue.one()
    assert (found.title, found.severity) == ("Invoices of psa brings nothing new", 4)
    assert "the longest break of the five weeks before was 3 days" in found.detail
    world.poll("invoices", at("2026-06-12 14:00"), rows_changed=1)
    assert queue.look(at("2026-06-12 14:01")) == Detected(closed=1)


def test_a_stream_that_seldom_brings_anything_is_not_accused(queue, read, at) -> None:
    read(
        at("2026-05-04 12:00"),
        at("2026-06-12 12:00"),
        timedelta(days=1),
        ("invoices",),
        lambda m: int(m.day == 7),
    )
    assert queue.look(at("2026-06-12 13:00")) == Detected()


def test_of_a_stream_that_was_asked_but_three_times_nobody_knows_how_often_it_should_be(
    queue, read, at
) -> None:
    read(at("2026-06-01 00:00"), at("2026-06-01 02:00"))
    assert queue.look(at("2026-06-09")) == Detected()


def test_a_stream_whose_poll_failed_is_not_told_twice(world, queue, read, at) -> None:
    read(at("2026-06-01 00:00"), at("2026-06-01 09:00"), streams=("invoices",))
    world.poll("invoices", at("2026-06-01 10:00"), "failed", error="401 Unauthorized")
    assert queue.look(at("2026-06-01 20:00")) == Detected()


def test_a_system_that_was_removed_is_not_missed(world, queue, read, at) -> None:
    read(at("2026-06-01 00:00"), at("2026-06-01 09:00"))
    world.conn.exec_driver_sql("UPDATE ops.system SET removed_at = '2026-06-01 10:00Z'")
    assert queue.look(at("2026-06-02")) == Detected()
