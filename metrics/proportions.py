"""Arithmetic on shares: exact against a target, never rounded to the better side, with an interval where one infers."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from math import floor, sqrt

from metrics.metric import Better

NINETY_FIVE_PERCENT = 1.959963984540054


def ratio(numerator: int | Decimal, denominator: int | Decimal) -> float | None:
    """A share as a float, from its exact parts; None when there is nothing to divide by."""
    return float(Fraction(numerator) / Fraction(denominator)) if denominator else None


def meets(
    numerator: int | Decimal, denominator: int | Decimal, target: Decimal, better: Better
) -> bool | None:
    """Whether a share reaches its target (0..1), compared exactly; None when nothing was counted.

    Source: metrics.md 1.6; no rounded or binary percentage takes part.
    """
    if not denominator:
        return None
    value, wanted = Fraction(numerator) / Fraction(denominator), Fraction(target)
    return value <= wanted if better == "lower" else value >= wanted


def truncate_toward_worse(value: Decimal | Fraction | float, decimals: int, better: Better) -> Decimal:
    """A number cut for display so that it never looks better than it is: 99.897 % → 99.89 % when higher is better.

    A float is taken at its shortest decimal form, so that 0.29 stays 0.29. Give a Fraction where the parts are known.
    """
    step = Decimal(1).scaleb(-decimals)
    rounding = ROUND_CEILING if better == "lower" else ROUND_FLOOR
    if isinstance(value, Fraction):
        scaled = value * 10**decimals
        whole = -floor(-scaled) if better == "lower" else floor(scaled)
        return Decimal(whole).scaleb(-decimals).quantize(step)
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return exact.quantize(step, rounding=rounding)


def wilson(good: int, valid: int, z: float = NINETY_FIVE_PERCENT) -> tuple[float, float] | None:
    """The interval in which the underlying share lies, 95 % unless another z is given; None when nothing was counted.

    Source: Newcombe 1998, method 3.
    """
    if not valid:
        return None
    middle = good + z * z / 2
    half = z * sqrt(good * (valid - good) / valid + z * z / 4)
    return max(0.0, (middle - half) / (valid + z * z)), min(1.0, (middle + half) / (valid + z * z))
