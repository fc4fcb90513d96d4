"""The value of an objective and its bounds, from what is known: by occurrences, by slices of time, or as measured."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from metrics.metric import Better
from metrics.sla.evaluation import Value
from metrics.sla.facts import Count, Measured
from metrics.sla.objective import Objective
from metrics.sla.words import MILLION, ppm


@dataclass(frozen=True)
class Reading:
    """A value with its bounds as exact fractions of its unit, and the whole numbers behind it.

    worst, best  the value if every unknown were bad, or good; None: there is nothing to judge
    k, n         counted, or of slices the good ones and all; of a mean of slices k is None
    sample       items that were judged
    is_endless   measured, and so long that it is not reached
    """

    value: Fraction | None
    worst: Fraction | None
    best: Fraction | None
    k: int | None
    n: int
    unknown: int
    sample: int
    is_endless: bool = False

    def told(self, better: Better) -> Value:
        """The same as whole millionths, cut to the worse side."""
        low, high = (self.worst, self.best) if better == "higher" else (self.best, self.worst)
        return Value(
            k=self.k,
            n=self.n,
            unknown=self.unknown,
            value=millionths(self.value, better),
            low=millionths(low, better),
            high=millionths(high, better),
        )


def millionths(value: Fraction | None, better: Better) -> int | None:
    """Cut so that it never looks better than it is."""
    if value is None:
        return None
    return ceil(value * MILLION) if better == "lower" else floor(value * MILLION)


def reaches(value: Fraction, target_ppm: int, better: Better) -> bool:
    """Whether a value keeps a target, compared in whole numbers: k · 10⁶ ≥ target · n."""
    left, right = value.numerator * MILLION, target_ppm * value.denominator
    return left <= right if better == "lower" else left >= right


def share(count: Count, better: Better) -> Reading:
    """k of n; every unknown is bad at worst and good at best."""
    n = count.n + count.unknown
    few, many = (Fraction(count.k, n), Fraction(count.k + count.unknown, n)) if n else (None, None)
    worst, best = (few, many) if better == "higher" else (many, few)
    value = Fraction(count.k, count.n) if count.n else None
    return Reading(value, worst, best, count.k, count.n, count.unknown, count.n)


def total(count: Count, better: Better) -> Reading:
    """k itself; None when nothing was judged."""
    if not count.n and not count.unknown:
        return Reading(None, None, None, 0, 0, 0, 0)
    few, many = Fraction(count.k), Fraction(count.k + count.unknown)
    worst, best = (few, many) if better == "higher" else (many, few)
    return Reading(few, worst, best, count.k, count.n, count.unknown, count.n)


def measured(it: Measured, better: Better) -> Reading:
    """A value that was measured, with the bounds that came with it."""
    value, low, high = (
        None if micro is None else Fraction(micro, MILLION)
        for micro in (it.micro, it.low_micro, it.high_micro)
    )
    low, high = (value if low is None else low), (value if high is None else high)
    worst, best = (low, high) if better == "higher" else (high, low)
    return Reading(
        value, worst, best, None, it.sample, it.unknown, it.sample, value is None and it.sample > 0
    )


def timeslices(slices: Iterable[Count], slice_target: int, quiet: str | None) -> Reading:
    """Good slices of all. A slice is good when its own share reaches the slice's target; a quiet one as is agreed."""
    good = bad = unknown = sample = 0
    for each in slices:
        sample += each.n
        reading = share(each, "higher")
        if reading.worst is None or reading.best is None:
            if quiet != "left_out":
                good, unknown = (good + 1, unknown) if quiet == "up" else (good, unknown + 1)
        elif reaches(reading.worst, slice_target, "higher"):
            good += 1
        elif reaches(reading.best, slice_target, "higher"):
            unknown += 1
        else:
            bad += 1
    found = share(Count(good, good + bad, unknown), "higher")
    return Reading(found.value, found.worst, found.best, good, good + bad, unknown, sample)


def ratio_timeslices(slices: Sequence[Count], quiet: str | None) -> Reading:
    """The mean of the slices' shares, each slice weighing the same however much happened in it."""
    known: Counter[int] = Counter()
    worst: Counter[int] = Counter()
    best: Counter[int] = Counter()
    n = unknown = sample = 0
    for each in slices:
        sample += each.n
        if not each.n and not each.unknown:
            if quiet == "left_out":
                continue
            if quiet == "up":
                each = Count(1, 1)
        if each.n:
            known[each.n] += each.k
            n += 1
        else:
            unknown += 1
        whole = each.n + each.unknown
        if whole:
            worst[whole] += each.k
            best[whole] += each.k + each.unknown
        else:
            best[1] += 1
    both = n + unknown
    return Reading(
        _sum(known) / n if n else None,
        _sum(worst) / both if both else None,
        _sum(best) / both if both else None,
        None,
        n,
        unknown,
        sample,
    )


def _sum(by_size: Counter[int]) -> Fraction:
    """Shares of the same size are added as whole numbers first: thousands of slices stay cheap."""
    return sum((Fraction(good, size) for size, good in by_size.items()), Fraction(0))


def read(objective: Objective, count: Count | None, slices: Sequence[Count], it: Measured | None) -> Reading:
    """The reading of an objective by its own method."""
    if objective.method == "timeslices":
        assert objective.slice_target is not None
        return timeslices(slices, ppm(objective.slice_target), objective.quiet)
    if objective.method == "ratio_timeslices":
        return ratio_timeslices(slices, objective.quiet)
    if it is not None:
        return measured(it, objective.better)
    given = count or Count()
    return share(given, objective.better) if objective.unit == "percent" else total(given, objective.better)
