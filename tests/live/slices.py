"""Stretches of service time as a record of runs tells them, counted the long way: every slice one by one, in fractions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

SERVICE_SECONDS = 300
QUIET = ("up", "left_out", None)
"""What a slice in which nothing came due counts as; None: nobody has said."""
GOOD = ("first_attempt", "after_retry")
Slice = tuple[int, int]
"""Good ones, and all that came due in it."""


class Ran(Protocol):
    """A run that is good or bad for certain, and when it was due."""

    @property
    def due_at(self) -> datetime: ...

    @property
    def outcome(self) -> str: ...


def begin(as_of: datetime, zone: str, days: int) -> datetime:
    """The local midnight with which so many days begin, today's the last of them."""
    first = as_of.astimezone(ZoneInfo(zone)).date() - timedelta(days=days - 1)
    return datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def cut(runs: Iterable[Ran], since: datetime, as_of: datetime, seconds: int) -> list[Slice]:
    """The slices that are over, the earliest first."""
    step = timedelta(seconds=seconds)
    number = (as_of.astimezone(UTC) - since) // step
    found = [[0, 0] for _ in range(number)]
    for run in runs:
        place = (run.due_at - since) // step
        if 0 <= place < number:
            found[place][0] += run.outcome in GOOD
            found[place][1] += 1
    return [(good, all_) for good, all_ in found]


def good(slices: Sequence[Slice], share: int, quiet: str | None) -> tuple[int, int, int]:
    """Good slices, good and bad ones, unknown ones: a slice is good when its own share is that high, in percent."""
    busy = [100 * good >= share * all_ for good, all_ in slices if all_]
    calm = len(slices) - len(busy)
    is_up = quiet == "up"
    return sum(busy) + is_up * calm, len(busy) + is_up * calm, calm * (quiet is None)


def mean(
    slices: Sequence[Slice], quiet: str | None
) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
    """The mean of the slices' shares in percent: of those that are known, and with all that are not bad, and good."""
    known = [Fraction(100 * good, all_) for good, all_ in slices if all_]
    calm = len(slices) - len(known)
    if quiet == "up":
        known += [Fraction(100)] * calm
    unknown = calm if quiet is None else 0
    if not known and not unknown:
        return None, None, None
    total, whole = sum(known, Fraction(0)), len(known) + unknown
    return (total / len(known) if known else None), total / whole, (total + 100 * unknown) / whole


def there(slices: Sequence[Slice], quiet: str | None) -> tuple[int, int, int]:
    """Slices in which the service was there, those of which that is known, and the others.

    It is down in three slices in a row or more in each of which less than half succeeded; slices that are left out are not between.
    """
    told = [each for each in slices if each[1] or quiet != "left_out"]
    up = down = unknown = 0
    for is_bad, stretch in groupby(told, key=lambda each: 2 * each[0] < each[1]):
        found = list(stretch)
        if is_bad and len(found) >= 3:
            down += len(found)
            continue
        calm = sum(not all_ for _, all_ in found) if quiet is None else 0
        up, unknown = up + len(found) - calm, unknown + calm
    return up, up + down, unknown
