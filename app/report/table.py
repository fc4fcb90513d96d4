"""A list under its heading: what every form of a pack can draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

Cells = tuple[str, ...]
Money = tuple[Decimal, str]
"""An amount and its currency."""
Exact = int | Money | date | datetime | None


@dataclass(frozen=True)
class Table:
    """A list under its heading; `empty` stands where there are no rows, `note` above them. `exact` has, for each row and by column,
    what a cell of words rounds or spells out, for forms that can hold it."""

    title: str
    columns: Cells
    rows: tuple[Cells, ...]
    empty: str
    note: str = ""
    exact: Sequence[Mapping[int, Exact]] = ()
