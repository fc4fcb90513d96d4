"""What missed promises cost by the driver's record: tiers around the edges of what is known, stacked, capped and paid, in fractions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from tests.live.promises import Known, Promise, said

_MINOR = {"USD": "0.01", "JPY": "1", "KWD": "0.001"}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
AGREED: tuple[dict[str, Any], ...] = (
    {"fee": {"amount": 2400, "currency": "USD"}, "credits": {"stacking": "highest"}},
    {"fee": {"amount": "7199.95", "currency": "USD", "per": "quarter"}, "credits": {"stacking": "sum"}},
    {"fee": {"amount": 100_001, "currency": "JPY"}, "credits": {"stacking": "sum", "cap": "1.5"}},
    {
        "fee": {"amount": "9999.999", "currency": "KWD", "per": "year"},
        "credits": {"stacking": "sum", "cap": "0.0001"},
    },
)


@dataclass(frozen=True)
class Cost:
    """In percent of a month's fee: as it stands (None: not decided), at least and at most."""

    owed: Fraction | None
    least: Fraction
    most: Fraction


Tiers = Sequence[tuple[Fraction, Fraction]]
"""Bounds and what is owed beyond each, in percent."""


def tiers(number: int, it: Known, target: Fraction) -> Tiers:
    """Tiers at the target and at every edge that is worse; no two promises have the same prices."""
    bounds = {target} | {edge for edge in it.edges() if it.keeps(target, edge) and 0 <= edge <= 100}
    unit = Fraction(number + 1, 10_000)
    return [
        (bound, unit * (place + 1))
        for place, bound in enumerate(sorted(bounds, reverse=not it.is_lower_better))
    ]


def priced(number: int, promise: Promise) -> Promise:
    """The promise with tiers of its own."""
    if promise.known is None:
        return promise
    steps = tiers(number, promise.known, Fraction(promise.document["target"]))
    bound = "above" if promise.known.is_lower_better else "below"
    written = [{bound: said(at), "percent": said(percent)} for at, percent in steps]
    return Promise(promise.document | {"credits": written}, promise.verdict, promise.known)


def cost(promise: Promise) -> Cost:
    """What a priced promise costs: nothing when kept, else the dearest tier beyond whose bound the value lies."""
    steps = [
        (Fraction(tier.get("below") or tier["above"]), Fraction(tier["percent"]))
        for tier in promise.document.get("credits", ())
    ]
    it = promise.known
    if it is None or promise.verdict == "met":
        return Cost(Fraction(0), Fraction(0), Fraction(0))

    def owed(value: Fraction | None) -> Fraction:
        assert it is not None
        reached = [price for bound, price in steps if value is None or not it.keeps(value, bound)]
        return max(reached, default=Fraction(0))

    if promise.verdict == "not_proven":
        return Cost(None, Fraction(0), owed(it.worst))
    return Cost(owed(it.value), min(owed(it.best), owed(it.value)), max(owed(it.worst), owed(it.value)))


def together(agreed: dict[str, Any], costs: Iterable[Cost]) -> Cost:
    """All costs of a month by its rule: their sum or the highest, at most the cap."""
    found, rule = list(costs), agreed["credits"]

    def stacked(amounts: Iterable[Fraction]) -> Fraction:
        listed = list(amounts)
        total = sum(listed, Fraction(0)) if rule["stacking"] == "sum" else max(listed, default=Fraction(0))
        return min(Fraction(rule.get("cap", 100)), total)

    least, most = stacked(each.least for each in found), stacked(each.most for each in found)
    is_open = least != most and any(each.owed is None for each in found)
    return Cost(
        None if is_open else stacked(each.owed for each in found if each.owed is not None), least, most
    )


def paid(agreed: dict[str, Any], percent: Fraction | None) -> Decimal | None:
    """A share of the month's fee as money, halves up."""
    if percent is None:
        return None
    fee = agreed["fee"]
    exact = Fraction(str(fee["amount"])) * percent / 100 / _MONTHS[fee.get("per", "month")]
    step = Decimal(_MINOR[fee["currency"]])
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(step, ROUND_HALF_UP)
