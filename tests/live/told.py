"""One promise as the product tells it, and as the driver's record has it: verdict, numbers and what it costs, side by side."""

from __future__ import annotations

from fractions import Fraction

from metrics.sla.evaluation import CompositeResult, Result
from tests.live.owed import cost
from tests.live.promises import Promise

Numbers = tuple[int | None, int | None, int | None]
Told = tuple[str, Numbers | None, Numbers]
"""The verdict; value, low and high in millionths (None: the record has no number); owed, at least, at most in millionths of the fee."""


def told(result: Result | CompositeResult) -> Told:
    """By the product. An answer to an exception and a share of a curve have numbers that the record does not know."""
    it = result if isinstance(result, CompositeResult) else result.agreed
    is_known = not result.key.startswith(("answered-", "billed-", "all-"))
    owed = (result.credit.owed, result.credit.least, result.credit.most)
    return result.verdict, (it.value, it.low, it.high) if is_known else None, owed


def reckoned(promise: Promise) -> Told:
    """By the record."""
    found = cost(promise)
    owed, least, most = (_millionths(each) for each in (found.owed, found.least, found.most))
    assert least is not None
    assert most is not None
    return promise.verdict, promise.known.told() if promise.known else None, (owed, least, most)


def _millionths(percent: Fraction | None) -> int | None:
    return None if percent is None else int(percent * 10_000)
