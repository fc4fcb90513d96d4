"""How a percentage is said: with what it is a share of beside it, as long as that is few; nowhere else is one made."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.wording import NOTHING, Words
from metrics.figure import Figure
from metrics.proportions import wilson

FEW = 1000  # from here on one item more or less does not show; source: metrics.md 1.8


@dataclass(frozen=True)
class Share:
    """A percentage in words; `of` is what it is a share of, "117 of 120" or "of 213", empty where that is many."""

    text: str
    of: str = ""

    def __str__(self) -> str:
        return self.text + self.beside

    @property
    def beside(self) -> str:
        """What it is a share of as it stands behind words: " (117 of 120)"."""
        return f" ({self.of})" if self.of else ""


def counted(
    part: Decimal | int,
    whole: Decimal | int,
    words: Words,
    *,
    better: str = "higher",
    digits: int | None = None,
) -> Share:
    """97.5% (117 of 120), cut from its exact counts; of nothing there is no share."""
    if not whole:
        return Share(NOTHING)
    said = f"{words.count(part)} of {words.count(whole)}" if whole < FEW else ""
    return Share(words.share(part, whole, digits=digits, better=better), said)


def estimated(share: float | Decimal | None, sample: int | Decimal | None, words: Words) -> Share:
    """47.5% (of 213): read off a curve over so many, some of them not settled yet, so that no whole number was counted."""
    if share is None:
        return Share(NOTHING)
    return Share(words.percent(share), over(sample, words).strip())


def over(sample: int | Decimal | None, words: Words) -> str:
    """of 213: what shares in a row are shares of, as long as that is few."""
    return f" of {words.count(sample)}" if sample is not None and sample < FEW else ""


def of_figure(figure: Figure, words: Words) -> Share:
    """The value of any figure in its unit; of a share, what it is a share of; of a budget of failures, how many of which."""
    allowed, of = figure.detail.get("allowed"), ""
    if figure.unit == "budget" and allowed is not None:
        of = f"{words.count(figure.numerator)} failed, of {words.count(allowed)} allowed"
    elif figure.unit == "ratio" and figure.sample < FEW:
        of = words.of(figure)
    return Share(words.value(figure), of)


def of_time(share: float | Decimal | None, words: Words) -> str:
    """99.2% of the time: time is not counted in pieces. Of no time nothing was read."""
    return "never read" if share is None else f"{words.percent(share)} of the time"


def used(share: Decimal, words: Words) -> str:
    """51% used: of an allowance, rounded up."""
    return f"{words.percent(share, digits=0, better='lower')} used"


def bounds(low: float, high: float, words: Words, *, digits: int | None = None) -> str:
    """between 3% and 45%: the ends within which a share lies."""
    above = words.percent(high, digits=digits, better="lower")
    return f"between {words.percent(low, digits=digits)} and {above}"


def interval(figure: Figure) -> tuple[float, float] | None:
    """Between which ends chance alone could have put a share, or a median over so many; None where nothing is inferred.

    A share: Wilson, 95 %. A median: the ends its curve gives. A sum of money is what it is.
    """
    part, whole = figure.numerator, figure.denominator
    if figure.unit == "seconds":
        low, high = figure.detail.get("half_low"), figure.detail.get("half_high")
        return None if low is None else (low, float("inf") if high is None else high)
    if not isinstance(part, int) or not isinstance(whole, int) or not 0 <= part <= whole:
        return None
    return wilson(part, whole)


def may_be_chance(one: Figure, other: Figure) -> bool:
    """Whether the intervals of two months overlap, so that a difference between them is no trend. Source: metrics.md 1.8."""
    first, second = interval(one), interval(other)
    if first is None or second is None:
        return False
    return first[0] <= second[1] and second[0] <= first[1]
