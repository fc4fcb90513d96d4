"""Which stream is due: a pure function of what was polled and the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collectors.stream import Stream
from collectors.system import System

LONGEST_PAUSE = timedelta(hours=1)
Key = tuple[int, int, str]


@dataclass(frozen=True)
class LastPoll:
    """One poll of the past, as far as the schedule cares."""

    started_at: datetime
    outcome: str


@dataclass(frozen=True)
class Due:
    """A stream to be read now, and since when it should have been."""

    system: System
    stream: Stream
    due_at: datetime

    @property
    def key(self) -> Key:
        """The stream's place in the ledger."""
        return key_of(self.system, self.stream)


def key_of(system: System, stream: Stream) -> Key:
    """Customer, system and stream."""
    return system.customer_id, system.system_id, stream.name


def due(
    streams: Sequence[tuple[System, Stream]], last_polls: Mapping[Key, Sequence[LastPoll]], now: datetime
) -> list[Due]:
    """What is to be read now, the longest overdue first. `last_polls`: the newest first; none: never read.

    Missed turns become one. A stream that failed several times in a row is asked less and less often, at least once
    an hour (or as often as it says, when that is rarer). An abandoned poll is made up for at once.
    """
    found = []
    for system, stream in streams:
        polls = last_polls.get(key_of(system, stream), ())
        at = next_turn(stream.every, polls) or now
        if at <= now:
            found.append(Due(system, stream, at))
    return sorted(found, key=lambda each: (each.due_at, each.key))


def next_turn(every: timedelta, polls: Sequence[LastPoll]) -> datetime | None:
    """When a stream is to be read next; None: at once, it never was."""
    if not polls:
        return None
    last = polls[0]
    if last.outcome == "abandoned":
        return last.started_at
    failures = 0
    for poll in polls:
        if poll.outcome != "failed":
            break
        failures += 1
    pause: timedelta = every * 2 ** max(0, failures - 1)
    return last.started_at + min(pause, max(every, LONGEST_PAUSE))
