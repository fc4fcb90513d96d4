"""Percentiles of log histograms that can be merged: one per cent relative error, whatever was merged in which order.

Source: DDSketch (Masson, Rim, Lee: VLDB 2019). The same buckets as kpi.bucket and kpi.bucket_middle.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, exp, inf, log

RELATIVE_ERROR = 0.01
LOG_GAMMA = log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR))


def bucket(value: float) -> int:
    """The bucket of a value above zero: k with γ^(k-1) < value ≤ γ^k."""
    return ceil(log(value) / LOG_GAMMA)


def middle(number: int) -> float:
    """The value that stands for a bucket; nothing in it is further away than the relative error."""
    return (1 - RELATIVE_ERROR) * exp(number * LOG_GAMMA)


def merge(histograms: Iterable[tuple[Sequence[int], Sequence[int]]]) -> dict[int, int]:
    """Counts by bucket of several histograms (buckets beside their counts), in ascending order."""
    total: Counter[int] = Counter()
    for buckets, counts in histograms:
        for number, count in zip(buckets, counts, strict=True):
            total[number] += count
    return dict(sorted(total.items()))


def quantile(histogram: Mapping[int, int], q: float, zero: int = 0, infinite: int = 0) -> float | None:
    """The q-quantile (0..1) of a histogram in ascending order, with values up to zero and infinite ones beside it.

    None when nothing was counted; infinity when it lies among the infinite ones.
    """
    count = zero + sum(histogram.values()) + infinite
    if not count:
        return None
    rank = q * (count - 1)
    upto = zero
    if upto > rank:
        return 0.0
    for number, n in histogram.items():
        upto += n
        if upto > rank:
            return middle(number)
    return inf
