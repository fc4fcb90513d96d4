"""A metric: one entry, one meaning. The definitions page is printed from these, so what people read is what is counted."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal["ratio", "budget", "seconds", "count", "money", "per_hour"]
Better = Literal["higher", "lower", "context"]
Combine = Literal["sum", "ratio", "worst", "quantile", "each"]


@dataclass(frozen=True)
class Change:
    """A version of a definition: since when figures are counted by it, what changed from the one before, and why."""

    version: int
    since: date
    what: str
    why: str


FIRST = Change(1, date(2026, 11, 21), "First definition.", "")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What one number means.

    `key` is also the name of its questions: `sql/queries/viewer/<key>.sql` and `<key>_rows.sql`.
    `streams` are the objects that must have been read for the number to be known; coverage follows from them.
    `is_stock`: it speaks of what was there at the end of the period, or at the instant one looks from, if that is earlier.
    `is_rolled_up`: asked about the present, it is read from what was counted last, not from the rows themselves.
    `rows_add`: how the rows make a figure without currency: by their number, or by their value, in `rows_in` (hours).
    `is_for_partner`: it tells what serving customers earns or costs; no customer sees it, and a statement has nothing of it.
    `is_watched_on`: what began in the period is watched on after it, so the figure moves; no statement has it, nobody can promise it.
    `is_agreed`: it is made of what was agreed, not of what was read; nothing of it can be missing.
    `changes`: every version of the definition, the newest last; `version` is the newest.
    `combine` says how the rows of several customers become one figure:
      sum       values are added; of a metric whose unit is a ratio, the ratio is taken of the sums
      ratio     numerators over denominators, each added (never a mean of ratios)
      worst     the largest value stands for all (freshness)
      quantile  the histograms are merged and the percentiles read again
      each      it cannot be combined: one figure for each customer
    """

    id: str
    key: str
    title: str
    sentence: str
    formula: str
    unit: Unit
    better: Better
    population: str
    attribution: str
    source: str
    version: int
    streams: tuple[str, ...]
    by: tuple[str, ...]
    owner: str
    combine: Combine = "sum"
    is_rolled_up: bool = False
    is_stock: bool = False
    rows_add: Literal["number", "value"] = "number"
    rows_in: str = ""
    is_for_partner: bool = False
    is_watched_on: bool = False
    is_agreed: bool = False
    changes: tuple[Change, ...] = (FIRST,)
