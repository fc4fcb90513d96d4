"""A figure that is counted off a list and not by a metric: what it says, and the rows that must add up to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from math import isclose

import pandas as pd

from app.wording import Words, plural

Number = int | float | Decimal | None
OF = "In numbers"  # the name of what a share was counted from: 117 of 120, £1,200 of £1,500


@dataclass(frozen=True)
class Listed:
    """What the card of such a figure shows. `figure` comes from what the page read, `added` from the rows."""

    value: str
    says: str
    formula: str
    counted: str
    rows: pd.DataFrame
    figure: tuple[Number, ...]
    added: tuple[Number, ...]
    summed: str
    more: dict[str, str] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """Whether the rows add up: money and counts exactly, shares of time as far as seconds are."""
        pairs = list(zip(self.figure, self.added, strict=True))
        return all(
            isclose(one, other, rel_tol=1e-9)
            if isinstance(one, float) and isinstance(other, float)
            else one == other
            for one, other in pairs
        )


def money(amounts: Iterable[Decimal | None]) -> Decimal:
    """The sum of what is known."""
    return sum((Decimal(amount) for amount in amounts if amount is not None), Decimal(0))


def add_up(count: int, total: Decimal, currency: str, words: Words) -> str:
    """12 rows add up to £4,200.00."""
    said = words.money(total, currency, whole=False)
    return f"{words.count(count)} {plural(count, 'row adds', 'rows add')} up to {said}."


def counted(count: int, words: Words) -> str:
    """12 rows counted."""
    return f"{words.count(count)} {plural(count, 'row')} counted."
