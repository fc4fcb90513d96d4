"""What is due: a pure function of past polls and the clock."""

from datetime import timedelta

import pytest

from collectors.kinds import streams_of
from collectors.schedule import LastPoll, due, key_of, next_turn
from collectors.stream import Stream
from collectors.system import System

from .conftest import NOW, RUNS

EVERY = timedelta(minutes=5)


def polls(*told: tuple[float, str]) -> list[LastPoll]:
    """Polls by how many minutes ago they began, the newest first."""
    return [LastPoll(NOW - timedelta(minutes=ago), outcome) for ago, outcome in told]


@pytest.mark.parametrize(
    ("told", "in_minutes"),
    [
        ([(2, "complete")], 3),
        ([(5, "complete")], 0),
        ([(600, "complete")], -595),
        ([(1, "running")], 4),
        ([(1, "partial"), (6, "partial"), (11, "partial")], 4),
        ([(1, "failed")], 4),
        ([(1, "failed"), (6, "failed")], 9),
        ([(1, "failed"), (6, "failed"), (16, "failed")], 19),
        ([(1, "failed"), (6, "complete"), (11, "failed")], 4),
        ([(1, "failed")] * 20, 59),
        ([(1, "abandoned"), (6, "failed"), (11, "failed")], -1),
    ],
)
def test_the_next_turn(told: list[tuple[float, str]], in_minutes: float):
    assert next_turn(EVERY, polls(*told)) == NOW + timedelta(minutes=in_minutes)


def test_a_stream_that_was_never_read_is_due_at_once():
    assert next_turn(EVERY, []) is None


def test_a_rare_stream_that_fails_is_not_asked_more_often_than_it_says():
    day = timedelta(days=1)
    assert next_turn(day, polls(*[(0, "failed")] * 9)) == NOW + day


def test_missed_turns_become_one_and_the_longest_overdue_comes_first():
    pairs = [_pair(1), _pair(2), _pair(3), _pair(4)]
    last = {
        key_of(*pairs[0]): polls((6, "complete")),
        key_of(*pairs[1]): polls((60, "complete")),
        key_of(*pairs[2]): polls((4, "complete")),
    }
    assert [(turn.system.system_id, NOW - turn.due_at) for turn in due(pairs, last, NOW)] == [
        (2, timedelta(minutes=55)),
        (1, timedelta(minutes=1)),
        (4, timedelta()),
    ]


def _pair(system_id: int) -> tuple[System, Stream]:
    system = System(
        1, system_id, f"s{system_id}", "ipaas", "http", "http://x.test", options={"streams": {"runs": RUNS}}
    )
    return system, streams_of(system)[0]
