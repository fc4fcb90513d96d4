"""Sources that fell behind although no poll failed: told once for each cause, closed by the next reading."""

from datetime import timedelta

import pytest

from metrics import rollup
from metrics.detect import Detected, would
from metrics.rule_library import LIBRARY, untold

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)


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


@pytest.fixture
def tried(world, queue):
    """What a try over the days before an instant tells of streams: what became of it, its title and when it began."""

    def tell(now, days=30) -> list[tuple]:
        rollup.rebuild(queue.database, now, [world.customer_id])
        asked = (["stream_stale", "stream_failing"], [world.customer_id], now, now - timedelta(days=days))
        with world.conn.begin_nested() as undone:
            rows, _ = would(world.conn, [], *asked)
            undone.rollback()
        return [(row["became"], row["title"], row["opened_at"]) for row in rows]

    return tell


def test_a_worker_that_stands_still_is_one_exception_until_it_reads_again(
    world, queue, read, at, tried
) -> None:
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
    assert [became for became, *_ in tried(at("2026-06-01 19:30"))] == ["known"]


def test_a_stream_that_nobody_asks_any_more_while_others_are_is_named(world, queue, read, at, tried) -> None:
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
    assert [became for became, *_ in tried(at("2026-06-03 08:09"))] == ["known", "known"]


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


STOPPED, LEFT, SILENT, FAILING = (
    "Reading has stopped: no system is asked any more",
    "Projects of psa is no longer read",
    "Invoices of psa brings nothing new",
    "Invoices of psa cannot be read",
)


def test_a_try_tells_of_a_halt_that_is_over_but_not_of_a_short_one(world, read, at, tried) -> None:
    read(at("2026-06-01 00:00"), at("2026-06-02 09:00"))
    read(at("2026-06-02 12:00"), at("2026-06-02 20:00"))
    assert tried(at("2026-06-02 20:10")) == []
    read(at("2026-06-03 00:01"), at("2026-06-04 00:01"))
    assert tried(at("2026-06-04 00:10")) == [("opens", STOPPED, at("2026-06-02 21:00"))]
    assert tried(at("2026-06-04 00:10"), days=1) == []


def test_a_try_tells_of_a_stream_that_was_left_out_for_a_while_or_long_ago(world, read, at, tried) -> None:
    read(at("2026-06-01 00:00"), at("2026-06-01 09:00"))
    read(at("2026-06-01 10:00"), at("2026-06-02 20:00"), streams=("invoices",))
    read(at("2026-06-02 21:00"), at("2026-06-03 09:00"))
    found = [("opens", LEFT, at("2026-06-01 10:00"))]
    assert tried(at("2026-06-03 09:10")) == found
    read(at("2026-06-03 10:00"), at("2026-07-20 10:00"), timedelta(hours=3), ("invoices",))
    assert tried(at("2026-07-20 10:10"), days=90) == found
    assert tried(at("2026-07-20 10:10"), days=48) == [("opens", LEFT, at("2026-06-03 10:00"))]


def test_a_try_tells_of_a_silence_that_is_over(world, read, at, tried) -> None:
    def on_weekdays(moment) -> int:
        return int(moment < at("2026-06-06") and moment.isoweekday() < 6)

    read(at("2026-05-04 12:00"), at("2026-06-10 12:00"), timedelta(days=1), ("invoices",), on_weekdays)
    world.poll("invoices", at("2026-06-11 11:00"), rows_new=1)
    assert tried(at("2026-06-11 11:10")) == []
    world.conn.exec_driver_sql("DELETE FROM ops.poll WHERE started_at = '2026-06-11 11:00Z'")
    world.poll("invoices", at("2026-06-11 12:30"), rows_new=0)
    world.poll("invoices", at("2026-06-12 12:30"), rows_new=1)
    assert tried(at("2026-06-12 13:00")) == [("opens", SILENT, at("2026-06-08 12:00"))]


@pytest.mark.parametrize(
    ("wrong", "opens"), [((), False), ((10, 11), False), ((10, 11, 12), True), ((10, 11, 13), False)]
)
def test_a_try_tells_of_three_polls_in_a_row_that_went_wrong_though_the_next_was_read(
    world, at, tried, wrong, opens
) -> None:
    for hour in range(20):
        world.poll(
            "invoices", at(f"2026-06-01 {hour:02}:00"), "failed" if hour in wrong else "complete", rows_new=1
        )
    found = [("opens", FAILING, at("2026-06-01 10:00"))]
    assert tried(at("2026-06-01 19:10")) == (found if opens else [])


def test_what_a_try_cannot_know_is_said_in_words() -> None:
    silent = {
        "run_failed", "run_overdue", "missed_slot", "failed_project_creation", "expectation_overdue", "unbilled_time",
        "record_quarantined", "stream_failing", "stream_stale",
    }  # fmt: skip
    assert {rule.key for rule in LIBRARY if not untold(rule.key)} == silent
    assert "as they stand now" in untold("own:paused-work")
