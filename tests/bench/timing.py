"""Times a handful of repeats and reports medians and ratios, never a single absolute figure."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

REPEATS = 5
AT_LEAST = 0.05
"""Seconds that a repeat lasts at least: what is quicker is done several times, as timeit does, and its mean counts."""


@dataclass(frozen=True)
class Timing:
    """The seconds of the repeats of one piece of work."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median of the repeats."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Result:
    """One ratio with the bound it is held against."""

    title: str
    ratio: float
    at_least: float | None
    at_most: float | None
    said: str

    @property
    def holds(self) -> bool:
        """Whether the ratio is on the right side of its bound."""
        low = self.at_least is None or self.ratio >= self.at_least
        return low and (self.at_most is None or self.ratio <= self.at_most)


def timed(
    name: str,
    work: Callable[[], object],
    before: Callable[[], object] | None = None,
    warm: int = 1,
    repeats: int = REPEATS,
) -> Timing:
    """Five counted repeats, or as many as said, after `warm` that are not; `before` prepares each and is not counted.

    Python's collector is at rest meanwhile, as in timeit: a full collection before each repeat would leave the processor's
    caches cold for whatever is quick.
    """
    gc.collect()
    gc.disable()
    try:
        alone = [_seconds(work, before) for _ in range(warm)]
        number = 1 if before is not None or not alone else max(1, round(AT_LEAST / min(alone)))
        return Timing(name, tuple(_seconds(work, before, number) for _ in range(repeats)))
    finally:
        gc.enable()


def in_turns(
    *ways: tuple[str, Callable[[], object], Callable[[], object]], warm: int = 2
) -> tuple[Timing, ...]:
    """The same for ways that are not quick, round by round: (name, work, before) of each.

    A machine that is slower for some seconds is slower for all of them then.
    """
    gc.collect()
    gc.disable()
    try:
        rounds = [[_seconds(work, before) for _, work, before in ways] for _ in range(warm + REPEATS)]
    finally:
        gc.enable()
    return tuple(
        Timing(name, seconds)
        for (name, _, _), seconds in zip(ways, zip(*rounds[warm:], strict=True), strict=True)
    )


def _seconds(work: Callable[[], object], before: Callable[[], object] | None, number: int = 1) -> float:
    if before is not None:
        before()
    began = time.perf_counter()
    for _ in range(number):
        work()
    return (time.perf_counter() - began) / number
