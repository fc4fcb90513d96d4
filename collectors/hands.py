"""Who is read at the same time: a few systems side by side; one that is slow goes on by itself and keeps nobody waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.stream import SourceError

if TYPE_CHECKING:
    from collectors.lease import Lease

Place = tuple[int, int]
"""Customer and system: nobody is asked by two hands at once."""


@dataclass
class _Reading:
    place: Place
    work: Callable[[], object]
    host: str | None = None
    began: float = 0.0
    leases: set[Lease] = field(default_factory=set)


class Ended(SourceError):
    """The worker ends; the stream is read again by the next."""

    def __init__(self) -> None:
        super().__init__("its worker ended; it is read again", kind="ended")


class Hands:
    """Reads systems side by side, each in a thread of its own.

    `at_once` are read at a time. A reading of more than `slow_after` seconds counts no longer: it goes on while others
    take its turn, up to `most` in all. A place that was slow when it was read last is slow from the start, and such
    places leave `at_once` of `most` to the others, who overtake them however many they are. No customer has more than
    half of either (`shared`), no host more than half of `most`, so that one whose systems all turn slow keeps nobody
    waiting but himself. Without `slow_after` everything is waited for.
    """

    def __init__(
        self, at_once: int, *, slow_after: float | None = None, most: int | None = None, shared: bool = False
    ) -> None:
        self.at_once = at_once
        self.slow_after = slow_after
        self.most = most or at_once
        self._share = 2 if shared else 1
        self._changed = threading.Condition()
        self._waiting: list[_Reading] = []
        self._under_way: dict[Place, _Reading] = {}
        self._were_slow: set[Place] = set()
        self._left = 0
        self._errors: list[BaseException] = []
        self._is_ending = False

    def offer(self, place: Place, work: Callable[[], object], host: str | None = None) -> None:
        """Something to be read when it is its turn; a place that is being read is left to who reads it."""
        with self._changed:
            if place not in self._under_way:
                self._waiting.append(_Reading(place, work, host))

    @property
    def busy(self) -> tuple[int, int]:
        """How many readings are under way: those not slow so far, and those that go on beside them."""
        with self._changed:
            quick = len(self._quick())
            return quick, len(self._under_way) - quick

    @property
    def left(self) -> int:
        """How many places found no turn when the last round of offers ended."""
        return self._left

    def settle(self) -> None:
        """Give everything that was offered its turn. What finds none, because all is slow, is to be offered again.

        Keeps the leases of everything under way. Raises what a reading raised.
        """
        with self._changed:
            while True:
                self._begin()
                quick = self._quick()
                if not quick or not (self._waiting or self.slow_after is None):
                    self._left = len(self._waiting)
                    self._waiting.clear()
                    break
                self._changed.wait(self._until_slow(quick))
                self._keep()
            self._keep()
            errors, self._errors = self._errors, []
        if errors:
            raise errors[0]

    @contextmanager
    def holding(self, lease: Lease) -> Iterator[Callable[[], bool]]:
        """Keeps a lease while a stream is read, and gives it back. The question whether to go on raises Ended at the end."""
        reading = self._under_way[lease.of]
        reading.leases.add(lease)

        def still_ours() -> bool:
            if self._is_ending and self._is_slow(reading):
                raise Ended
            return lease.still_ours()

        try:
            yield still_ours
        finally:
            reading.leases.discard(lease)
            lease.release()

    def end(self, seconds: float) -> None:
        """Begin nothing more and wait for what is under way; what goes on for longer loses its leases, for the next worker."""
        until = time.monotonic() + seconds
        with self._changed:
            self._is_ending = True
            while self._under_way and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)
            for reading in self._under_way.values():
                for lease in list(reading.leases):
                    lease.release()

    def _begin(self) -> None:
        for reading in [] if self._is_ending else list(self._waiting):
            if self._has_turn(reading):
                self._waiting.remove(reading)
                reading.began = time.monotonic()
                self._under_way[reading.place] = reading
                threading.Thread(target=self._read, args=(reading,), name="collect", daemon=True).start()

    def _has_turn(self, it: _Reading) -> bool:
        if it.place in self._under_way:
            return False
        everybody = list(self._under_way.values())
        if it.host and sum(each.host == it.host for each in everybody) >= self._share_of(self.most):
            return False
        peers, room = self._quick(), self.at_once
        if it.place in self._were_slow:
            peers = [each for each in everybody if self._is_slow(each)]
            room = max(1, self.most - self.at_once)
        return all(
            len(busy) < limit and sum(each.place[0] == it.place[0] for each in busy) < self._share_of(limit)
            for busy, limit in ((everybody, self.most), (peers, room))
        )

    def _share_of(self, room: int) -> int:
        return max(1, room // self._share)

    def _read(self, reading: _Reading) -> None:
        try:
            reading.work()
        except BaseException as error:
            self._errors.append(error)
        finally:
            with self._changed:
                remember = self._were_slow.add if self._takes_long(reading) else self._were_slow.discard
                remember(reading.place)
                del self._under_way[reading.place]
                self._changed.notify_all()

    def _quick(self) -> list[_Reading]:
        return [reading for reading in self._under_way.values() if not self._is_slow(reading)]

    def _is_slow(self, reading: _Reading) -> bool:
        return reading.place in self._were_slow or self._takes_long(reading)

    def _takes_long(self, reading: _Reading) -> bool:
        return self.slow_after is not None and time.monotonic() - reading.began >= self.slow_after

    def _until_slow(self, quick: list[_Reading]) -> float:
        if self.slow_after is None:
            return 5.0
        first = min(reading.began for reading in quick)
        return max(0.01, min(5.0, first + self.slow_after - time.monotonic()))

    def _keep(self) -> None:
        for reading in list(self._under_way.values()):
            for lease in list(reading.leases):
                lease.still_ours()
