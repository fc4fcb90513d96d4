"""Service credits: which tier a value falls into, and what several misses cost together."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from babel.numbers import get_currency_precision

from metrics.sla.evaluation import Credit, CreditSum
from metrics.sla.objective import IN_SECONDS, Tier
from metrics.sla.terms import Terms
from metrics.sla.words import ppm

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


def credits_of(terms: Terms, credits: Sequence[Credit], months: int = 1) -> CreditSum:
    """What a period costs: the highest of the credits or their sum, at most the cap; money by the fee of so many months."""
    rule = terms.credits
    cap = ppm(rule.cap)

    def together(shares: Iterable[int]) -> int:
        return min(cap, sum(shares) if rule.stacking == "sum" else max(shares, default=0))

    least, most = together([c.least for c in credits]), together([c.most for c in credits])
    known = together([c.owed for c in credits if c.owed is not None])
    is_open = any(c.owed is None for c in credits) and least != most
    owed = None if is_open else known
    fee = None
    if terms.fee is not None:
        fee = _money(Fraction(terms.fee.amount) * months / terms.fee.months, terms.fee.currency)
    currency = terms.fee.currency if terms.fee else None

    def amount(share: int | None) -> Decimal | None:
        if terms.fee is None or share is None:
            return None
        exact = Fraction(terms.fee.amount) * months / terms.fee.months * share / 10**6
        return _money(exact, terms.fee.currency)

    return CreditSum(
        stacking=rule.stacking,
        owed=owed,
        least=least,
        most=most,
        fee=fee,
        currency=currency,
        owed_amount=amount(owed),
        least_amount=amount(least),
        most_amount=amount(most),
    )


def _money(exact: Fraction, currency: str) -> Decimal:
    """An amount to the minor unit of its currency, halves up."""
    step = Decimal(1).scaleb(-get_currency_precision(currency))
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(step, ROUND_HALF_UP)
