"""What an alert says: a title, the facts in sentences, the figure with its card's sentence, and where to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.rule_names import rule_name
from app.wording import Words, plural
from metrics.alerts.findings import Finding
from metrics.figure import Figure


@dataclass(frozen=True)
class Told:
    """A finding in words; `said` is JSON: lines, figure, path."""

    title: str
    said: dict[str, Any]


def told(finding: Finding, customer_id: int, words: Words) -> Told:
    """What there is to say of a finding, in one customer's words and about nobody else."""
    title, lines, path = _OF[finding.rule.kind](finding, words)
    figure = figure_said(finding.figure, words) if finding.figure else None
    if finding.exception_id is not None:
        path = f"/exceptions?open={customer_id}-{finding.exception_id}"
    return Told(title, {"lines": [line for line in lines if line], "figure": figure, "path": path})


def figure_said(figure: Figure, words: Words) -> dict[str, Any]:
    """A figure as a message carries it: the same value as on the page, and the sentence of its card."""
    value = figure.value
    return {
        "id": figure.metric.id,
        "key": figure.metric.key,
        "title": figure.metric.title,
        "sentence": figure.metric.sentence,
        "shown": words.value(figure),
        "value": value if isinstance(value, int | None) else str(value),
        "unit": figure.unit,
        "currency": figure.currency,
        "unknown": figure.unknown,
        "sample": figure.sample,
        "coverage": figure.coverage,
        "definition_version": figure.definition_version,
        "as_of": figure.as_of.isoformat(),
    }


Said = tuple[str, list[str], str]


def _value(finding: Finding, words: Words) -> Said:
    figure, limit = finding.figure, words.money(finding.facts["limit"], finding.facts["currency"])
    assert figure is not None
    unknown = (
        f"{words.count(figure.unknown)} more {plural(figure.unknown, 'record')} of unknown value."
        if figure.unknown
        else ""
    )
    title = f"Value at risk is {words.value(figure)}, above {limit}"
    return title, [f"{words.count(figure.sample)} {plural(figure.sample, 'record')}.", unknown], "/exceptions"


def _severity(finding: Finding, words: Words) -> Said:
    fact = finding.facts
    if fact["value"] is None:
        worth = "value unknown"
    else:
        worth = f"{words.money(Decimal(fact['value']), fact['currency'])} at risk"
        worth += f", {words.count(fact['unknown'])} of unknown value beside it" if fact["unknown"] else ""
    lines = [
        f"Severity {fact['severity']}; {words.count(fact['records'])} {plural(fact['records'], 'record')}; {worth}.",
        f"Since {words.instant(fact['opened_at'])}.",
        f"Integration: {fact['flow']}." if fact["flow"] else "",
    ]
    if (waiting := fact["exceptions"] - 1) > 0:
        lines.append(
            f"{words.count(waiting)} more {plural(waiting, 'exception waits', 'exceptions wait')} for it."
        )
    return f"{rule_name(fact['rule'])}: {fact['title']}", lines, "/exceptions"


def _burn(finding: Finding, words: Words) -> Said:
    figure = finding.figure
    assert figure is not None
    lasts = finding.facts["lasts_seconds"]
    lines = [
        f"{str(finding.facts['why']).capitalize()}." if finding.facts["why"] else "",
        f"At the rate of the last day a whole budget lasts {words.duration(lasts)}."
        if lasts is not None
        else "",
        f"Workflow: {figure.part.replace('_', ' ')}." if figure.part else "",
    ]
    calls = "needs somebody now" if finding.severity == 1 else "needs somebody today"
    return f"The error budget is being used up: it {calls}", lines, "/review"


def _deadline(finding: Finding, words: Words) -> Said:
    fact, parts = finding.facts, []
    if fact["overdue"]:
        parts.append(f"{words.count(fact['overdue'])} overdue since {words.instant(fact['oldest_due_at'])}")
    if fact["due_soon"]:
        parts.append(
            f"{words.count(fact['due_soon'])} due by {words.instant(fact['first_due_at'])} or soon after"
        )
    more = fact["overdue"] + fact["due_soon"] - len(fact["labels"])
    lines = [
        f"What lacks: {fact['lacks']}.",
        ", ".join(fact["labels"]) + (f" and {words.count(more)} more" if more > 0 else "") + ".",
        f"Integration: {fact['flow']}." if fact["flow"] else "",
    ]
    return f"{fact['title']}: {'; '.join(parts)}", lines, "/exceptions"


def _silence(finding: Finding, words: Words) -> Said:
    fact, limit = finding.facts, words.duration(finding.facts["limit_seconds"])
    if finding.figure is not None:
        system = fact["system"] or "The system"
        if finding.figure.value is None:
            return f"{system} was never read as a whole", [f"It should be read within {limit}."], "/freshness"
        length = words.duration(float(finding.figure.value))
        return f"{system} has not been read for {length}", [f"It should be within {limit}."], "/freshness"
    length = words.duration(fact["silent_seconds"])
    lines = [
        f"It should run within {limit}; {_last(fact['last_at'], words)}.",
        f"Its platform was read up to {words.instant(fact['read_until'])}.",
    ]
    return f"No run of {fact['flow']} for {length}", lines, "/flows"


def _last(at: datetime | None, words: Words) -> str:
    return f"the last run was {words.instant(at)}" if at else "no run of it was seen since it is read"


_OF: Mapping[str, Callable[[Finding, Words], Said]] = {
    "value": _value,
    "severity": _severity,
    "burn": _burn,
    "deadline": _deadline,
    "silence": _silence,
}
