"""The answer of an evaluation: whole numbers and words, the same bytes whenever it is written down."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from metrics.sla.facts import Exclusion

Verdict = Literal["met", "missed", "not_proven"]
Doubt = Literal["", "unread", "nothing", "sample", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value beside its bounds, in millionths of its unit, cut to the worse side; None: nothing to say.

    k, n, unknown  its exact parts; of slices, the slices; of what is measured, the sample and None
    low, high      the value if every unknown were bad, or good, whichever side of the value that is
    """

    k: int | None
    n: int
    unknown: int
    value: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True, kw_only=True)
class Unread:
    """What the time that was not read may hide: so many items, if as much came due in it as in the rest, and the bounds with
    all of them bad, or good. An estimate: no verdict rests on it."""

    items: int
    low: int | None
    high: int | None


@dataclass(frozen=True, kw_only=True)
class Budget:
    """The failures that the target allows, whole ones, and the same in seconds of the window; less than nothing is overspent.

    left_share  what is left of it in millionths; None: the target allows nothing
    """

    allowed: int
    bad: int
    left: int
    seconds: int
    used_seconds: int
    left_seconds: int
    left_share: int | None


@dataclass(frozen=True, kw_only=True)
class BurnTier:
    """One rule that calls somebody: its threshold and the burn rates of both stretches, in millionths; None: nothing decided."""

    severity: Literal["page", "ticket"]
    long_seconds: int
    short_seconds: int
    threshold: int
    long_burn: int | None
    short_burn: int | None
    is_burning: bool
    is_reachable: bool
    is_proof: bool


@dataclass(frozen=True, kw_only=True)
class Burn:
    """How much faster than it may the budget is used, whom that calls, and how long a whole budget lasts at the rate of a day."""

    tiers: tuple[BurnTier, ...]
    severity: Literal["page", "ticket"] | None
    why: str
    is_low_traffic: bool
    lasts_seconds: int | None


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """How many more failures the window bears, and the day on which the target is lost; with what was assumed.

    lost_on  None: not in this window, at this rate
    """

    affordable: int
    expected: int
    recent_bad: int
    recent_days: int
    lost_on: date | None
    assumptions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Credit:
    """What a missed objective costs, in millionths of the fee: as it stands, at best and at worst.

    owed  None: not decided, because the verdict is not proven
    """

    owed: int | None
    least: int
    most: int


@dataclass(frozen=True, kw_only=True)
class Result:
    """One objective in its window. The verdict is that of the agreed value; `doubt` is why it is not proven, `reason` in words."""

    key: str
    metric: str
    title: str
    definition_version: int
    unit: str
    better: str
    method: str
    window: str
    since: datetime
    until: datetime
    target: int
    verdict: Verdict
    doubt: Doubt
    reason: str
    is_final: bool
    gross: Value
    agreed: Value
    net: Value
    coverage: int | None
    unread: Unread | None
    pending: int
    minimum_sample: int
    excluded: tuple[Exclusion, ...]
    budget: Budget | None
    burn: Burn | None
    forecast: Forecast | None
    credit: Credit


@dataclass(frozen=True, kw_only=True)
class CompositeResult:
    """Several objectives taken together."""

    key: str
    title: str
    rule: Literal["all_of", "worst_of"]
    members: tuple[str, ...]
    target: int | None
    value: int | None
    low: int | None
    high: int | None
    verdict: Verdict
    reason: str
    credit: Credit


@dataclass(frozen=True, kw_only=True)
class CreditSum:
    """What is owed for the period: shares in millionths of the fee, and money where a fee is agreed; None: not decided."""

    stacking: str
    owed: int | None
    least: int
    most: int
    fee: Decimal | None
    currency: str | None
    owed_amount: Decimal | None
    least_amount: Decimal | None
    most_amount: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Terms held against facts: every objective with its verdict, and what follows from all of them."""

    customer: str
    period: str
    time_zone: str
    as_of: datetime
    terms: Mapping[str, Any]
    objectives: tuple[Result, ...]
    composites: tuple[CompositeResult, ...]
    met: int
    missed: int
    not_proven: int
    credits: CreditSum

    def of(self, key: str) -> Result:
        """The result of one objective; raises LookupError for a key that is none."""
        for result in self.objectives:
            if result.key == key:
                return result
        raise LookupError(f"there is no objective {key!r}")


def sealed_as(body: Mapping[str, Any]) -> Evaluation | None:
    """The evaluation that a statement has as plain; None for one that was sealed when evaluations said less than they do now."""
    try:
        return _READER.validate_python(body)
    except ValidationError:
        return None


_READER = TypeAdapter(Evaluation)


def plain(value: Any) -> Any:
    """The same as JSON can say it: instants in UTC, money as text; a float is an error, because it could be rounded."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; an evaluation has none")
    return value


def canonical(evaluation: Evaluation) -> bytes:
    """The evaluation as canonical JSON: sorted keys, no spaces, UTF-8; equal evaluations are equal bytes."""
    said = json.dumps(plain(evaluation), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return said.encode()
