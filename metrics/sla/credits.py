"""Service credits: which tier a value falls into, and what several misses cost together."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from babel.numbers import get_currency_precision

from metrics.sla.evaluation import Credit, CreditSum
from metrics.sla.objective import IN_SECONDS, Tier
from metrics.sla.terms import Terms
from metrics.sla.words import MILLION, ppm

NOTHING = Credit(owed=0, least=0, most=0)


def owed_for(tiers: Iterable[Tier], value: Fraction, unit: str = "percent") -> int:
    """The share of the fee, in millionths, that a value costs: the dearest tier it falls into; a bound is not below itself.

    `value` in its natural unit: shares 0..1, counts, seconds.
    """
    scale = Fraction(1, 100) if unit == "percent" else Fraction(IN_SECONDS.get(unit, 1))
    reached = [
        ppm(tier.percent)
        for tier in tiers
        if (tier.below is not None and value < Fraction(tier.below) * scale)
        or (tier.above is not None and value > Fraction(tier.above) * scale)
    ]
    return max(reached, default=0)


def credits_of(terms: Terms, monthly: Sequence[Credit], quarterly: Sequence[Credit] = ()) -> CreditSum:
    """What a month costs: the highest of the credits or their sum, at most the cap, in shares of the month's fee.

    `quarterly` are those of objectives by the quarter that ends with the month: their shares are of three months' fee.
    """
    groups = ((monthly, 1), (quarterly, 3))
    least = sum(_together(terms, [c.least for c in group]) * months for group, months in groups)
    most = sum(_together(terms, [c.most for c in group]) * months for group, months in groups)
    known = sum(
        _together(terms, [c.owed for c in group if c.owed is not None]) * months for group, months in groups
    )
    is_open = any(c.owed is None for c in (*monthly, *quarterly)) and least != most
    owed = None if is_open else known
    return CreditSum(
        stacking=terms.credits.stacking,
        owed=owed,
        least=least,
        most=most,
        fee=_amount(terms, MILLION),
        currency=terms.fee.currency if terms.fee else None,
        owed_amount=_amount(terms, owed),
        least_amount=_amount(terms, least),
        most_amount=_amount(terms, most),
    )


def _together(terms: Terms, shares: Sequence[int]) -> int:
    rule = terms.credits
    return min(ppm(rule.cap), sum(shares) if rule.stacking == "sum" else max(shares, default=0))


def _amount(terms: Terms, share: int | None) -> Decimal | None:
    """A share of the month's fee as money; None without a fee, or when it is not decided."""
    if terms.fee is None or share is None:
        return None
    return _money(Fraction(terms.fee.amount) * share / (terms.fee.months * MILLION), terms.fee.currency)


def _money(exact: Fraction, currency: str) -> Decimal:
    """An amount to the minor unit of its currency, halves up."""
    step = Decimal(1).scaleb(-get_currency_precision(currency))
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(step, ROUND_HALF_UP)
