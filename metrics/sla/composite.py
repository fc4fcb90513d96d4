"""Objectives taken together: all of them kept, or the worst of them good enough. States are never averaged."""

from collections.abc import Sequence
from fractions import Fraction

from metrics.sla.credits import NOTHING, owed_for
from metrics.sla.evaluation import CompositeResult, Credit, Result, Verdict
from metrics.sla.objective import Composite
from metrics.sla.words import MILLION, ppm


def composed(composite: Composite, results: Sequence[Result]) -> CompositeResult:
    """The result of a composite from those of its members.

    all_of: missed as soon as one is missed, met only if all are. worst_of: the lowest value and bounds of its members
    against a target of its own; a member that is not proven leaves it unproven, unless another one is below the target.
    """
    members = [each for each in results if each.key in composite.members]
    title = composite.title or composite.key
    if composite.target is None:
        verdict, reason = _all(members)
        return CompositeResult(
            key=composite.key, title=title, rule="all_of", members=composite.members, target=None, value=None, low=None,
            high=None, verdict=verdict, reason=reason, credit=NOTHING,
        )  # fmt: skip
    target = ppm(composite.target)
    value, low, high = (_worst(members, name) for name in ("value", "low", "high"))
    verdict, reason = _worst_of(members, target)
    return CompositeResult(
        key=composite.key, title=title, rule="worst_of", members=composite.members, target=target, value=value, low=low,
        high=high, verdict=verdict, reason=reason, credit=_credit(composite, verdict, value, low, high),
    )  # fmt: skip


def _all(members: Sequence[Result]) -> tuple[Verdict, str]:
    for verdict in ("missed", "not_proven"):
        named = [each.key for each in members if each.verdict == verdict]
        if named:
            return ("missed" if verdict == "missed" else "not_proven"), ", ".join(named)
    return "met", ""


def _worst_of(members: Sequence[Result], target: int) -> tuple[Verdict, str]:
    """Whether a member is proven does not depend on which target it is held against; its bounds do."""
    open_ = []
    for each in members:
        low, high = each.agreed.low, each.agreed.high
        if each.doubt not in ("", "unknown") or low is None or high is None:
            open_.append(each.key)
        elif high < target:  # both cut downwards: a whole number above is above uncut too
            return "missed", each.key
        elif low < target:
            open_.append(each.key)
    return ("not_proven" if open_ else "met"), ", ".join(open_)


def _worst(members: Sequence[Result], name: str) -> int | None:
    values = [getattr(each.agreed, name) for each in members]
    return None if not values or None in values else min(values)


def _credit(
    composite: Composite, verdict: Verdict, value: int | None, low: int | None, high: int | None
) -> Credit:
    if not composite.credits or verdict == "met":
        return NOTHING
    dearest = max(ppm(tier.percent) for tier in composite.credits)
    owed, most, least = (
        dearest if at is None else owed_for(composite.credits, Fraction(at, MILLION))
        for at in (value, low, high)
    )
    if verdict == "not_proven":
        return Credit(owed=None, least=0, most=most)
    return Credit(owed=owed, least=min(least, owed), most=max(most, owed))
