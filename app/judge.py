"""Is a promise kept? Targets from the terms, compared exactly, with three answers: met, missed, not proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from metrics.figure import Figure
from metrics.metric import Better
from metrics.proportions import meets

PROVEN_COVERAGE = 0.95  # below it, what was not read could turn the answer
_SECONDS = {"second": 1, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@dataclass(frozen=True)
class Target:
    """What the terms ask of a metric, in its own unit: a ratio 0..1, seconds, a count.

    `within_days` turns a duration into a share: so much of it within so many days.
    """

    metric: str
    limit: Decimal
    unit: str
    within_days: int | None = None
    minimum_sample: int = 0


@dataclass(frozen=True)
class Judged:
    """The state of a figure; "" when nothing was promised."""

    state: str = ""
    why: str = ""


def targets_of(document: Mapping[str, Any] | None) -> dict[str, Target]:
    """The targets of a document of terms by metric key or id; an objective that cannot be read is left out.

    So is one that asks something else than the figure tells: of a part of the customer, by slices, by its own threshold.
    """
    found: dict[str, Target] = {}
    for objective in (document or {}).get("objectives") or ():
        target = _target(objective)
        if target is not None:
            found[target.metric] = target
    return found


def _target(objective: Mapping[str, Any]) -> Target | None:
    if (
        objective.get("population")
        or objective.get("threshold")
        or objective.get("method", "occurrences") != "occurrences"
    ):
        return None
    try:
        limit = Decimal(str(objective["target"]))
        metric = str(objective["metric"])
    except (KeyError, InvalidOperation):
        return None
    unit = str(objective.get("unit", "percent"))
    sample = int(objective.get("minimum_sample") or 0)
    within = objective.get("within_days")
    if unit == "percent":
        return Target(metric, limit / 100, "ratio", int(within) if within else None, sample)
    if unit in _SECONDS:
        return Target(metric, limit * _SECONDS[unit], "seconds", None, sample)
    return Target(metric, limit, unit, None, sample)


def target_for(targets: Mapping[str, Target], figure: Figure) -> Target | None:
    """The target of a figure's metric, by key or by id."""
    return targets.get(figure.metric.key) or targets.get(figure.metric.id)


def share_within(figure: Figure, days: int) -> float | None:
    """The share of a duration's items that were done within 7, 14 or 30 days; None: nothing to say."""
    value = figure.detail.get(f"within_{days}_days")
    return None if value is None else float(value)


def judge(figure: Figure, target: Target | None) -> Judged:
    """Met, missed, or not proven: with unknown items both the worst and the best case must agree.

    Without a target a figure is not judged. Too small a sample is said, not judged. Comparison is exact: counts are
    compared as integers, never as a rounded percentage.
    """
    if target is None:
        return Judged()
    if figure.value is None and not (target.unit == "ratio" and _counted(figure) and figure.denominator):
        return Judged("unknown", "nothing to judge")
    if figure.sample < target.minimum_sample:
        return Judged("info", f"fewer than the agreed {target.minimum_sample}")
    if target.within_days is not None:
        share = share_within(figure, target.within_days)
        if share is None:
            return Judged("unknown", "not watched for long enough")
        return _covered(figure, Judged("ok" if Decimal(repr(round(share, 9))) >= target.limit else "breach"))
    low, high = bounds(figure, target)
    exact = _meets(figure, target, None)
    if figure.unknown and low is not None and _meets(figure, target, low) != _meets(figure, target, high):
        return Judged("unknown", f"{figure.unknown} could not be judged and would decide it")
    return _covered(figure, Judged("ok" if exact else "breach"))


def bounds(figure: Figure, target: Target) -> tuple[float | None, float | None]:
    """The value if all that is unknown were bad, and if it were good; of a duration, the share within its promise."""
    if target.unit == "ratio" and figure.unit != "ratio":
        return figure.detail.get("share_low"), figure.detail.get("share_high")
    return figure.low, figure.high


def budget_used(figure: Figure, target: Target | None) -> Decimal | None:
    """The part of the allowed failures that is used up, 1 = all of it; None without a target, counts or allowance.

    Source: error budget, 1 - target, of the valid events; Google SRE Workbook, "Implementing SLOs".
    """
    if target is None or target.unit != "ratio" or not _counted(figure) or not figure.denominator:
        return None
    allowed = (1 - target.limit) * Decimal(str(figure.denominator))
    bad = Decimal(str(figure.denominator)) - Decimal(str(figure.numerator))
    return bad / allowed if allowed > 0 else None


def _covered(figure: Figure, judged: Judged) -> Judged:
    if figure.coverage is not None and figure.coverage < PROVEN_COVERAGE:
        return Judged("unknown", "too little of the time was read")
    return judged


def _meets(figure: Figure, target: Target, bound: float | None) -> bool:
    # the share of a duration within its promise is better when it is higher, whatever the duration itself is
    better: Better = "lower" if figure.metric.better == "lower" and target.unit == figure.unit else "higher"
    if bound is None and target.unit == "ratio" and _counted(figure):
        return bool(meets(_number(figure.numerator), _number(figure.denominator), target.limit, better))
    value = bound if bound is not None else figure.value
    assert value is not None
    if value == float("inf"):
        return better == "higher"
    return bool(meets(_number(value), 1, target.limit, better))


def _number(value: float | Decimal | None) -> int | Decimal:
    assert value is not None
    return Decimal(repr(value)) if isinstance(value, float) else value


def _counted(figure: Figure) -> bool:
    return isinstance(figure.numerator, int) and isinstance(figure.denominator, int)
