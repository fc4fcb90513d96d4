"""How service levels are told on the command line: objectives as rows, shares in percent cut to the worse side."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from metrics.proportions import truncate_toward_worse
from metrics.sla import whatif
from metrics.sla.evaluation import Evaluation, Result, Value, plain
from metrics.sla.objective import IN_SECONDS


def line(result: Result) -> dict[str, Any]:
    """An objective as a row of a table; shares in percent, cut to the worse side."""
    return {
        "objective": result.key,
        "verdict": words(result.verdict),
        "value": _value(result, result.agreed.value),
        "target": _value(result, result.target),
        "low": _value(result, result.agreed.low),
        "high": _value(result, result.agreed.high),
        "counted": _counted(result.agreed),
        "unknown": result.agreed.unknown,
        "gross": _stood(result, result.gross),
        "net": _stood(result, result.net),
        "read": None if result.coverage is None else f"{percent(result.coverage)} % of the time",
        "failures left": None if result.budget is None else result.budget.left,
        "why": result.reason,
    }


def outlook(result: Result) -> list[str]:
    """What is to come in a window that is not over: how much more it bears, when it is lost, and whom its failures call."""
    said = []
    if (hidden := result.unread) is not None and result.doubt == "unread":
        low, high = _value(result, hidden.low), _value(result, hidden.high)
        said.append(f"between {low} and {high} if the unread time holds as many as the rest, {hidden.items}")
    if (ahead := result.forecast) is not None:
        room = (
            f"{ahead.affordable} more may fail" if ahead.affordable >= 0 else "more has failed than it bears"
        )
        lost = "" if ahead.lost_on is None else f"; lost on {ahead.lost_on}"
        said.append(f"{room}{lost} ({'; '.join(ahead.assumptions)})")
    if result.burn is not None and result.burn.severity is not None:
        said.append(f"{result.burn.severity}: {result.burn.why}")
    for each in result.excluded:
        why = f", {each.why}" if each.why else ""
        said.append(
            f"{each.key} ({each.reason}) {each.state}: {each.count.n} left out{why}"
            if each.state == "accepted"
            else f"{each.key} ({each.reason}) {each.state}: {each.count.n} items{why}"
        )
    return said


def compared(result: Result, agreed: Evaluation | None, held: Evaluation) -> dict[str, Any]:
    """One promise of a month under other terms, beside what was agreed: a line of What if."""
    was = whatif.counterpart(result, agreed)
    return {
        "month": held.period,
        "objective": result.key,
        "value": _value(result, result.agreed.value),
        "target": _value(result, result.target),
        "verdict": words(result.verdict),
        "as agreed": None if was is None else f"{words(was.verdict)} at {_value(was, was.target)}",
        "counted": _counted(result.agreed),
        "owed %": None if result.credit.owed is None else percent(result.credit.owed),
    }


def replayed(it: whatif.Replay, missed: list[whatif.Missed]) -> dict[str, Any]:
    """All that What if says of one set of terms, for `--json`."""
    return {
        "terms": it.terms.document(),
        "months": [plain(each) for each in it.months],
        "attainment": [plain(each) for each in it.attainments()],
        "kept": it.kept,
        "missed": it.missed,
        "least_owed": it.least_owed,
        "most_owed": it.most_owed,
        "currency": it.terms.fee.currency if it.terms.fee else None,
        "items": [plain(each) for each in missed],
    }


def _value(result: Result, micro: int | None) -> str | None:
    """A value in the unit of its objective."""
    if micro is None:
        return None
    if result.unit == "percent":
        return f"{percent(micro, result.better)} %"
    exact = Fraction(micro, 10**6 * IN_SECONDS.get(result.unit, 1))
    shown = truncate_toward_worse(
        exact, 0 if result.unit == "count" else 2, "lower" if result.better == "lower" else "higher"
    )
    return f"{shown}" if result.unit == "count" else f"{shown} {result.unit}"


def _stood(result: Result, value: Value) -> str | None:
    """A value with what it was counted from; without one that says nothing more than `counted` does."""
    said = _value(result, value.value)
    return said if said is None or value == result.agreed else f"{said} ({_counted(value)})"


def percent(micro: int, better: str = "higher") -> str:
    """Millionths as percent, cut to the worse side."""
    cut = truncate_toward_worse(Fraction(micro, 10_000), 2, "lower" if better == "lower" else "higher")
    return f"{cut}"


def _counted(value: Value) -> str:
    return f"{value.n}" if value.k is None else f"{value.k} of {value.n}"


def words(verdict: str) -> str:
    """A verdict as people read it."""
    return verdict.replace("_", " ")


def owed(held: Evaluation) -> str:
    """What a month costs, in one sentence."""
    sum_ = held.credits
    if sum_.fee is None:
        return "No fee is agreed: nothing is owed."
    if sum_.owed_amount is None:
        return f"Credits: not decided, {sum_.least_amount} to {sum_.most_amount} {sum_.currency}."
    return (
        f"Credits: {sum_.owed_amount} {sum_.currency} of a fee of {sum_.fee} {sum_.currency} for the month."
    )
